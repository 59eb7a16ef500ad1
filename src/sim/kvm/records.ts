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

/** struct kvm_memory_slot: guest memory, and the host pages behind it. */
export type Memslot = {
  readonly id: number;
  /** First guest page number, and how many small pages. */
  readonly base_gfn: number;
  readonly npages: number;
  /** Real addresses of its 16 MB host pages. */
  readonly pages: readonly number[];
  /** Real address of its reverse map: a doubleword per small page (arch.rmap). */
  readonly rmap: number;
  /** RMA that user space has mapped there, -1 = none. */
  readonly rma: number;
  /** PowerPC 970, which has no notifiers: real addresses of the host pages that are pinned, so that HPTEs may map them. */
  readonly slot_phys: readonly number[];
  /** KVM_MEMSLOT_INVALID: it is being taken away. */
  readonly invalid: number;
};

/** struct kvmppc_spapr_tce_table: which pages a virtual I/O bus may reach. */
export type TceTable = {
  /** Logical I/O bus number. */
  readonly liobn: number;
  /** Bytes of I/O address space, from 0. */
  readonly window_size: number;
  /** Real addresses of the pages of the table. */
  readonly pages: readonly number[];
};

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
  revmap: count('kvmppc_alloc_hpt', 'real address of the revmap entries, one for each HPTE'),
  tlbie_lock: id('H_REMOVE, H_PROTECT and others, by compare-and-swap', 'thread that does a tlbie'),
  memslots: data<Memslot[]>('KVM_SET_USER_MEMORY_REGION', 'guest memory', () => []),
  srcu: count('hcalls that use a memory slot', 'readers of the memory slots'),
  spapr_tce_tables: data<TceTable[]>('KVM_CREATE_SPAPR_TCE', 'TCE tables in the kernel', () => []),
  vrma_slb_v: reg('kvmppc_hv_setup_htab_rma', 'SLB V word of the VRMA, 0 with an RMA'),
  mmu_ready: flag('kvmppc_hv_setup_htab_rma', 'the VRMA is mapped'),
  sdr1: reg('kvmppc_alloc_hpt', 'SDR1 with which its guests run (until POWER8)'),
  host_sdr1: reg('kvmppc_core_init_vm_hv', 'SDR1 of the host'),
  host_lpcr: reg('kvmppc_core_init_vm_hv', 'LPCR of the host'),
  rmor: reg('kvmppc_hv_setup_htab_rma', 'real mode offset, 0 with a VRMA'),
  last_vcpu: data<number[]>(
    'guest entry',
    'vcpu_id that ran last on each hardware thread: is its TLB stale?',
    () => [],
  ),
  vcpus: data<number[]>('KVM_CREATE_VCPU', 'vcpu records by vcpu_id', () => []),
});
export type Vm = RecordOf<typeof VM>;

export const VCORE = record('vcore', {
  first_vcpuid: count(CREATE, 'lowest vcpu_id of the vcore'),
  num_threads: count(CREATE, 'vcpus in it: 1 on POWER9', 1),
  dpdes: count(
    'guest exit; guest entry when it consumes a request; msgclrp',
    'DPDES while not in the guest; on POWER8 a bit per vcpu',
  ),
  pcr: reg(CREATE, 'PCR: compatibility level'),
  lpcr: reg('VM', 'LPCR, before the per-entry MER'),
  tb_offset: count('one_reg', 'guest time base minus host time base'),
  vtb: reg(GUEST_EXIT, 'virtual time base'),
  pcpu: id('vcpu run loop', 'cpu on which it last ran'),
  in_guest: flag('entry and exit path', 'the vcore is in the guest'),
  vcore_state: text(
    'vcpu run loop',
    'VCORE_INACTIVE, _RUNNING, _EXITING or _SLEEPING',
    'VCORE_INACTIVE',
  ),
  runner: id('vcpu run loop', 'vcpu whose task executes the vcore'),
  lock: id('vcpu run loop', 'vcore.lock: task that holds it'),
  wq: id(
    'kvmppc_vcore_blocked',
    'vcore.wq: task that sleeps there until one of its vcpus has work',
  ),
  stolen_tb: count(
    'kvmppc_run_core',
    'time base ticks during which it was runnable and did not run',
  ),
  preempt_tb: count('kvmppc_run_core', 'time base when it last stopped to run'),
  n_runnable: count('vcpu run loop', 'vcpus in it that want to run'),
  n_busy: count('vcpu run loop', 'vcpus in it that do something in the host'),
  n_woken: count('kvmppc_start_thread', 'hardware threads to which an IPI was sent for this run'),
  nap_count: count('entry and exit path', 'of these, how many have finished and nap again'),
  napping_threads: word('H_CEDE, kvm_end_cede, atomically', 'bit per ptid: naps in H_CEDE'),
  runnable_threads: data<number[]>(
    'vcpu run loop',
    'vcpus that want to run, first come first',
    () => [],
  ),
  entry_exit_count: word(
    'entry and exit path',
    'low byte: threads that entered the guest; next byte: threads that began to leave. POWER8 (entry_exit_map): not their numbers but a bit per ptid',
  ),
});
export type Vcore = RecordOf<typeof VCORE>;

/** kvm_run: what user space sees of the last exit. */
export interface KvmRun {
  exit_reason: string;
  nr: number;
  args: bigint[];
  ret: bigint;
  /** KVM_EXIT_MMIO: guest real address, bytes from the lowest address on, their number, 1 = store. */
  mmio: { phys_addr: bigint; data: number[]; len: number; is_write: number };
}

/** struct kvmppc_vpa: an area that the guest registered; addresses are real, 0 = none. */
export type VpaArea = {
  /** Guest real address to use from the next update on, 0 = none. */
  next_gpa: number;
  len: number;
  update_pending: number;
  pinned_addr: number;
  pinned_end: number;
};
const VPA_BY = 'H_REGISTER_VPA, kvmppc_update_vpas';
const noArea = (): VpaArea => ({
  next_gpa: 0,
  len: 0,
  update_pending: 0,
  pinned_addr: 0,
  pinned_end: 0,
});

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
  ptid: count('kvmppc_run_core', 'hardware thread of the core on which it runs'),
  state: text(
    'vcpu run loop',
    'KVMPPC_VCPU_NOTREADY (POWER7: _STOPPED), _RUNNABLE or _BUSY_IN_HOST',
    'KVMPPC_VCPU_NOTREADY',
  ),
  ceded: flag('H_CEDE; the run loop clears', 'blocked by H_CEDE'),
  rcuwait: flag('vcpu run loop', 'its task sleeps until it is woken'),
  cpu_run: flag(
    'kvmppc_wait_for_exec',
    'its task sleeps on cpu_run until another task has run the vcore',
  ),
  ret: count('vcpu run loop', 'RESUME_* or -errno with which kvmppc_run_vcpu returns'),
  trap: word('entry and exit path', 'vector that ended the last guest run, 0 = handled'),
  run: data<KvmRun>('KVM, then user space', 'struct kvm_run', () => ({
    exit_reason: '',
    nr: 0,
    args: [],
    ret: 0n,
    mmio: { phys_addr: 0n, data: [], len: 0, is_write: 0 },
  })),
  mmio_needed: flag('MMIO emulation; the next KVM_RUN', 'user space makes an access to a device'),
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
  last_inst: word(GUEST_EXIT, 'instruction that trapped, if it is known'),
  fault_dar: reg(GUEST_EXIT, 'HDAR of the last storage interrupt to the hypervisor'),
  fault_dsisr: reg(GUEST_EXIT, 'HDSISR of it, or its HSRR1 bits'),
  fault_gpa: reg(GUEST_EXIT, 'ASDR of it: the VSID word of its segment (POWER9)'),
  pgfault_addr: reg('kvmppc_hpte_hv_fault', 'address of the fault that the kernel shall handle'),
  pgfault_index: id('kvmppc_hpte_hv_fault', 'slot of its entry'),
  pgfault_hpte: data<bigint[]>('kvmppc_hpte_hv_fault', 'both doublewords of it then', () => []),
  slb: data<[vsid: bigint, esid: bigint][]>(
    GUEST_EXIT,
    'valid SLB entries, the index in the low bits of the ESID word',
    () => [],
  ),
  vsr: data<bigint[]>(GUEST_EXIT, 'VSR 0 to 63, two doublewords each', () => []),
  fpscr: reg(GUEST_EXIT, 'FPSCR'),
  vscr: word(GUEST_EXIT, 'VSCR'),
  last_cpu: id('guest entry', 'hardware thread on which it ran last'),
  heir: reg(GUEST_EXIT, 'instruction that raised 0xE40'),
  dec_expires: count('guest exit', 'time base at which the guest DEC reaches 0', NEVER),
  // areas in guest memory that the guest shares with the hypervisor
  vpa: data<VpaArea>(VPA_BY, 'virtual processor area (struct lppaca)', noArea),
  dtl: data<VpaArea>(VPA_BY, 'dispatch trace log', noArea),
  slb_shadow: data<VpaArea>(VPA_BY, 'SLB shadow buffer', noArea),
  dtl_ptr: count('kvmppc_create_dtl_entry', 'real address of the next entry of the log'),
  dtl_index: count('kvmppc_create_dtl_entry', 'entries written to the log since it was registered'),
  stolen_logged: count('kvmppc_create_dtl_entry', 'stolen_tb of the vcore at its last entry'),
});
export type Vcpu = RecordOf<typeof VCPU>;

/**
 * Priorities of queued exceptions (BOOK3S_IRQPRIO_*), bit numbers in `pending_exceptions`; the lowest comes first.
 * MODEL: numbers of Linux 3.6 on every CPU; later ones differ by one, and no guest sees them.
 */
export const IRQPRIO = {
  SYSTEM_RESET: 0,
  DATA_SEGMENT: 1,
  INST_SEGMENT: 2,
  DATA_STORAGE: 3,
  INST_STORAGE: 4,
  ALIGNMENT: 5,
  PROGRAM: 6,
  FP_UNAVAIL: 7,
  ALTIVEC: 8,
  VSX: 9,
  SYSCALL: 10,
  MACHINE_CHECK: 11,
  DEBUG: 12,
  EXTERNAL: 13,
  DECREMENTER: 14,
  PERFORMANCE_MONITOR: 15,
  EXTERNAL_LEVEL: 16,
} as const;
/** Either form of a queued external interrupt. */
export const EXTERNAL_PENDING = (1 << IRQPRIO.EXTERNAL) | (1 << IRQPRIO.EXTERNAL_LEVEL);

export interface KvmState {
  vms: Vm[];
  vcores: Vcore[];
  vcpus: Vcpu[];
}
