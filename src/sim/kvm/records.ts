// KVM's records: VM, vcore, vcpu. Fields carry the kernel's names and say who may write them.
// Source: arch/powerpc/include/asm/{kvm_host.h, kvm_book3s.h}.
import { NEVER } from '../hardware/hardware.ts';
import {
  count,
  data,
  flag,
  id,
  type RecordOf,
  record,
  reg,
  regs,
  text,
  word,
} from '../state/schema.ts';

const GUEST_EXIT = 'guest exit';
const CREATE = 'creation';

export const VM = record('vm', {
  lpid: count('kvmppc_core_init_vm_hv', 'logical partition id given to the hardware'),
  smt_mode: count('KVM_CAP_PPC_SMT', 'threads per vcore: 1 on POWER9', 1),
  emul_smt_mode: count(
    'KVM_CAP_PPC_SMT',
    'virtual SMT mode: threads of a virtual core as the guest sees it',
    1,
  ),
  lpcr: reg('kvmppc_core_init_vm_hv, kvmppc_hv_setup_htab_rma', 'LPCR with which its guests run'),
  hpt_base: count('kvmppc_alloc_hpt', 'real address of the hashed page table'),
  hpt_order: count('kvmppc_alloc_hpt', 'log2 of its size in bytes'),
  slot_base: count('KVM_SET_USER_MEMORY_REGION', 'real address of guest address 0'),
  slot_size: count('KVM_SET_USER_MEMORY_REGION', 'bytes of guest memory'),
  mmu_ready: flag('kvmppc_hv_setup_htab_rma', 'the VRMA is mapped'),
  vcpus: data<number[]>('KVM_CREATE_VCPU', 'vcpu records by vcpu_id', () => []),
});
export type Vm = RecordOf<typeof VM>;

export const VCORE = record('vcore', {
  first_vcpuid: count(CREATE, 'lowest vcpu_id of the vcore'),
  num_threads: count(CREATE, 'vcpus in it: 1 on POWER9', 1),
  dpdes: count(
    'guest exit; guest entry when it consumes a request; msgclrp',
    'DPDES while not in the guest',
  ),
  pcr: reg(CREATE, 'PCR: compatibility level'),
  lpcr: reg('VM', 'LPCR, before the per-entry MER'),
  tb_offset: count('one_reg', 'guest time base minus host time base'),
  vtb: reg(GUEST_EXIT, 'virtual time base'),
  pcpu: id('vcpu run loop', 'cpu on which it last ran'),
  in_guest: flag('entry and exit path', 'the vcore is in the guest'),
});
export type Vcore = RecordOf<typeof VCORE>;

/** kvm_run: what user space sees of the last exit. */
export interface KvmRun {
  exit_reason: string;
  nr: number;
  args: bigint[];
  ret: bigint;
}

export const VCPU = record('vcpu', {
  vcpu_id: count(CREATE, 'number that user space gave it'),
  vm: id(CREATE, 'its VM'),
  vcore: id(CREATE, 'its vcore'),
  task: id(CREATE, 'task that calls KVM_RUN for it'),
  // any vcpu may write
  doorbell_request: flag(
    'the sender of a doorbell sets; guest entry and msgclrp clear',
    'a doorbell waits for the next entry',
  ),
  prodded: flag('H_PROD sets; H_CEDE clears', 'H_PROD came'),
  pending_exceptions: count(
    'KVM_INTERRUPT, hrtimer, emulation',
    'BOOK3S_IRQPRIO_* bits to deliver at entry',
  ),
  // its own run loop
  cpu: id('vcpu run loop', 'cpu inside the entry window, else -1'),
  thread_cpu: id('vcpu run loop', 'hardware thread inside the entry window, else -1'),
  state: text(
    'vcpu run loop',
    'KVMPPC_VCPU_NOTREADY, _RUNNABLE or _BUSY_IN_HOST',
    'KVMPPC_VCPU_NOTREADY',
  ),
  ceded: flag('H_CEDE; the run loop clears', 'blocked by H_CEDE'),
  rcuwait: flag('vcpu run loop', 'its task sleeps until it is woken'),
  trap: word('entry and exit path', 'vector that ended the last guest run, 0 = handled'),
  run: data<KvmRun>('KVM, then user space', 'struct kvm_run', () => ({
    exit_reason: '',
    nr: 0,
    args: [],
    ret: 0n,
  })),
  entries: count('guest entry', 'times it entered the guest'),
  // registers while it is not in the guest
  gpr: regs(32, GUEST_EXIT, 'general-purpose registers'),
  pc: reg('guest exit, emulation, interrupt injection', 'next instruction'),
  msr: reg('guest exit, H_CEDE, interrupt injection', 'MSR'),
  cr: word(GUEST_EXIT, 'condition register'),
  xer: reg(GUEST_EXIT, 'XER'),
  lr: reg(GUEST_EXIT, 'LR'),
  ctr: reg(GUEST_EXIT, 'CTR'),
  srr0: reg('guest exit, interrupt injection', 'SRR0'),
  srr1: reg('guest exit, interrupt injection', 'SRR1'),
  dar: reg(GUEST_EXIT, 'DAR'),
  dsisr: reg(GUEST_EXIT, 'DSISR'),
  sprg: regs(4, GUEST_EXIT, 'SPRG0-3'),
  spr: data<Record<string, bigint>>(
    GUEST_EXIT,
    'facility registers that entry and exit switch',
    () => ({}),
  ),
  hfscr: reg(
    'kvmppc_core_vcpu_create_hv, guest exit',
    'HFSCR with which it runs; the cause of the last trap',
  ),
  heir: reg(GUEST_EXIT, 'instruction that raised 0xE40'),
  dec_expires: count('guest exit', 'time base at which the guest DEC reaches 0', NEVER),
});
export type Vcpu = RecordOf<typeof VCPU>;

/** Priorities of queued exceptions (BOOK3S_IRQPRIO_*), bit numbers in `pending_exceptions`. */
export const IRQPRIO = { PROGRAM: 6, EXTERNAL: 14, DECREMENTER: 15 } as const;

export interface KvmState {
  vms: Vm[];
  vcores: Vcore[];
  vcpus: Vcpu[];
}
