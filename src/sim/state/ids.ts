// Entity numbers. All are small integers, and none is another: a vcpu number is not a hardware thread number.

/** A number that TypeScript will not let stand in for another entity's number. */
type Flavour<Name extends string> = number & { readonly __entity?: Name };

/** Hardware thread, numbered over the whole machine: core * threads per core + thread. Also the host's cpu number. */
export type HwThreadId = Flavour<'HwThread'>;
/** Host task. */
export type TaskId = Flavour<'Task'>;
/** Index into the vcpu records (over all VMs). */
export type VcpuId = Flavour<'Vcpu'>;
/** No entity: what the kernel writes as -1. */
export const NONE = -1;
