// The picture sections: what each view draws, as tables (src/sim/trace/columns.ts). This file is the contract
// between the worker, which fills the tables from the machine, and the views, which draw nothing else.
import type { RowOf, TableSchema } from '../sim/trace/columns.ts';
import { EVENT_COLUMNS } from '../sim/trace/events.ts';

export { SLOTS, SUMMARY, slotName } from '../sim/trace/hpt.ts';
export { IRQ_OPS, type IrqOp } from '../sim/trace/irq.ts';
export {
  hptePath,
  icpPath,
  irqPlaceOf,
  sourcePath,
  threadPath,
  vcorePath,
  vcpuPath,
} from '../sim/trace/paths.ts';

/** How a hardware thread spends this step; drawn by luminance and pattern, never by hue. */
export const THREAD_MODES = [
  'dead', // its kernel has died of an Oops: black with a cross
  'offline', // crossed
  'nap', // host idle in `stop`: hollow with a moon
  'host', // host kernel or user space, not KVM: grey
  'virt', // hypervisor, translation on: outline
  'real', // hypervisor, real mode: diagonal hatch, red-family edge
  'guest', // guest code: solid
] as const;
export type ThreadMode = (typeof THREAD_MODES)[number];

/** Where a vcpu is. */
export const VCPU_STATES = [
  'created', // never run: KVM_RUN has not been called
  'user', // its task is in user space (VMM)
  'hypervisor', // its task runs KVM code, not in the guest
  'guest', // guest code runs
  'preempted', // its task is runnable but not on a thread: dotted
  'ceded', // blocked in H_CEDE
  'off', // powered off
] as const;
export type VcpuState = (typeof VCPU_STATES)[number];

export const SECTIONS = {
  /** Machine view: one row per hardware thread, vcpu, and arrow (what crossed agents in the last step). */
  machine: {
    threads: {
      thread: 'i32', // global number; core = thread / threads per core
      core: 'i32',
      mode: 'i32', // index into THREAD_MODES
      task: 'i32',
      task_name: 'text', // comm: 'CPU 0/KVM', 'swapper/1', 'kworker/2'
      vm: 'i32', // VM whose vcpu's task is current here, -1 none: the hue
      vcpu: 'i32', // vcpu docked here, -1 none
      lpid: 'i32', // hardware LPIDR: 0 = host
      routine: 'i32', // catalogue index of the innermost host routine, -1 in the guest
      step: 'i32', // index of the step the cursor stands on
      waiting: 'text', // 'waiting for ...' when the step spins or sleeps; 'Oops: ...' of a dead cpu
      pc: 'u64', // guest NIA (in the guest) or the saved pc of the docked vcpu
      insn: 'text', // disassembly of the guest instruction at pc, '' when not in the guest
      msr: 'u64',
      dpdes: 'i32', // hardware DPDES; this and the other doorbell bits: -1 = the CPU has none
      dhdes: 'i32', // hypervisor doorbell pending
      dec: 'f64', // DEC in time-base ticks (negative = expired)
      hdec: 'f64',
      pending: 'text', // deliverable or masked interrupts, e.g. '980 E80', most urgent first
      clock: 'f64', // the thread's cycle clock
      next: 'i32', // 1: this thread acts in the next step
      waiters: 'text', // runnable tasks queued on this cpu, by name, comma separated
    },
    vcpus: {
      vcpu: 'i32',
      vm: 'i32',
      vcore: 'i32', // KVM's vcore id (POWER9: one vcpu each)
      virtual_core: 'i32', // the guest's topology: vcpu_id / virtual SMT mode
      thr: 'i32', // thread number in the virtual core
      state: 'i32', // index into VCPU_STATES
      thread: 'i32', // hardware thread it is on or queued at, -1 none
      ceded: 'i32',
      prodded: 'i32',
      doorbell_request: 'i32',
      dpdes: 'i32', // saved vcore dpdes
      pc: 'u64',
      runner: 'i32', // 1: its task executes the vcore
      waits: 'text', // wait queue on which its task sleeps: 'cpu_run', 'vcore.wq', ''
      why: 'text', // one short phrase: why it is in this state
    },
    /** Virtual cores that run as a whole, on one core (until POWER8); no rows where each vcpu runs by itself. */
    vcores: {
      vcore: 'i32',
      vm: 'i32', // from 1
      core: 'i32', // core on which it runs now, -1 none
      state: 'text', // 'VCORE_RUNNING'
      threads: 'i32', // vcpus in it
      entered: 'i32', // bit per thread (map) or as many low bits (count) as entered the guest in this run
      left: 'i32', // the same of those that began to leave
      map: 'i32', // 1: entry_exit_map, 0: entry_exit_count
      in_guest: 'i32',
      napping: 'i32', // napping_threads: bit per ptid
      n_runnable: 'i32',
      n_busy: 'i32',
      n_woken: 'i32',
      nap_count: 'i32',
      runner: 'i32', // vcpu whose task executes it, -1 none
    },
    arrows: {
      kind: 'i32', // EVENT_KINDS index
      from: 'text', // entity path: 'core0/t1', 'vm1/vcpu2', or 'outside': a device, the user
      to: 'text',
      label: 'text',
      age: 'i32', // 0 = this step (draw as moving token), 1 = ghost of the step before
    },
  },
  /** Doorbells view. */
  doorbells: {
    vcpus: {
      vcpu: 'i32',
      thr: 'i32',
      state: 'i32',
      thread: 'i32',
      doorbell_request: 'i32',
      saved_dpdes: 'i32',
      hw_dpdes: 'i32', // DPDES of the thread it runs on, -1 when not in the guest
      pending: 'i32', // architecturally pending: what a true DPDES bit would say
      tir: 'i32', // what mfspr TIR gives the guest
      hfscr_msgp: 'i32', // HFSCR[MSGP] with which it runs
      ee: 'i32', // guest MSR[EE]
      sent: 'f64',
      delivered: 'f64',
      coalesced: 'f64',
      cleared: 'f64',
      lost: 'f64', // sends that set no bit anywhere (patch off)
    },
    matrix: { from: 'i32', to: 'i32', sent: 'f64', last_step: 'f64' },
    threads: { thread: 'i32', dpdes: 'i32', dhdes: 'i32', vcpu: 'i32', tir: 'i32', hfscr: 'u64' },
    /** Stages of the trap-and-emulate path; `active` names the vcpu that stands on it, -1 none. */
    path: { stage: 'text', detail: 'text', active: 'i32', thread: 'i32' },
    /** The last DPDES reads, newest first. */
    reads: {
      step: 'f64',
      vcpu: 'i32',
      value: 'i32',
      ipis: 'i32',
      cycles: 'f64',
      wrong: 'text', // threads whose bit was never so during the read, '' when every bit was true
    },
  },
  /** Code path view for the focused thread or vcpu. */
  code: {
    /** Stack of frames, outermost first. */
    stack: { routine: 'i32', step: 'i32', locals: 'text' },
    /** Cursors of all threads, so that a routine shows everybody in it. */
    cursors: { thread: 'i32', routine: 'i32', step: 'i32', vcpu: 'i32', innermost: 'i32' },
    /** Guest instructions around the focused vcpu's pc. */
    disasm: {
      address: 'u64',
      word: 'i32',
      symbol: 'text', // label at this address, '' if none
      text: 'text',
      rtl: 'text',
      reads: 'text', // 'r4=0x10 XER[CA]=0', values before the instruction
      writes: 'text',
      current: 'i32',
      breakpoint: 'i32', // 1: a run stops before it
    },
  },
  /** The instruction that the page looks at (`Pull.insn`) in the guest of the focus; no rows when there is none. */
  insn: {
    insn: {
      address: 'u64',
      word: 'i32',
      symbol: 'text', // 'main+0x10'
      text: 'text', // disassembly
      name: 'text', // the manual's mnemonic: 'add', whatever the suffix or the simplified name
      form: 'text', // 'XO'
      isa: 'text', // where the manual describes it
      privilege: 'text',
      since: 'text', // version of the architecture
      until: 'text', // '' = still there
      facility: 'text', // 'FP', 'VEC', 'VSX', ''
      rtl: 'text', // lines
      state: 'text', // sentence: whose values, before and after what; or why there are none
    },
    fields: { name: 'text', first: 'i32', last: 'i32', value: 'text', text: 'text' },
    /** Registers and storage; before and after are '' when not known. */
    places: { name: 'text', read: 'i32', written: 'i32', before: 'text', after: 'text' },
  },
  /** Where the guest stands in its program, and where runs stop. */
  program: {
    /** One row per vcpu that runs guest code or will go on in it; line 0: not in the text. */
    cursors: { vcpu: 'i32', thread: 'i32', address: 'u64', line: 'i32', focus: 'i32', next: 'i32' },
    breakpoints: { address: 'u64', line: 'i32', symbol: 'text', text: 'text', here: 'i32' },
  },
  /** The hashed page table of a VM, as far as `Pull.hpt` looks at it. No rows in `vms`: there is no table yet. */
  hpt: {
    vms: {
      vm: 'i32', // from 1
      base: 'f64', // real address
      order: 'i32', // log2 of its size in bytes
      entries: 'f64',
      width: 'i32', // entries in a row of the map
      levels: 'i32',
      layout: 'i32', // 1: the layout of ISA 3.0
      valid: 'f64', // entries that have each SUMMARY bit
      secondary: 'f64',
      large: 'f64',
      referenced: 'f64',
      bolted: 'f64',
      absent: 'f64',
      locked: 'f64',
      dirty: 'f64',
    },
    /** Cells of the map: `bits` what any entry of a cell has (SUMMARY), `fill` 255 when all its entries are in use. */
    cells: {
      vm: 'i32',
      level: 'i32', // a cell stands for 2^level x 2^level entries
      x: 'i32',
      y: 'i32',
      w: 'i32',
      h: 'i32',
      bits: 'bytes',
      fill: 'bytes',
    },
    /** Entries that changed since the picture before this one; `picture` counts the pictures that had any. */
    changed: { picture: 'i32', slot: 'i32' },
    /** The last changes, newest first. */
    recent: { step: 'f64', slot: 'i32', what: 'text' },
    /** The eight entries of the PTEG looked at. */
    slots: {
      slot: 'i32',
      address: 'f64', // real address of the entry
      bits: 'i32', // SUMMARY
      v: 'u64',
      r: 'u64',
      guest_v: 'u64', // doubleword 0 as H_READ shows it
      guest_rpte: 'u64', // doubleword 1 as the guest wrote it (revmap)
      page: 'text', // '16 MB', '' when the encoding means none
      real: 'f64', // real address of its page
      chain: 'text', // other entries for the same page: 'PTEG 1 slot 0, PTEG 9 slot 7'
    },
    /** Bit fields of the entry looked at, in the real view and in the guest's. */
    fields: {
      view: 'text', // 'real', 'guest'
      dword: 'i32',
      name: 'text',
      lo: 'i32', // from the least significant bit
      width: 'i32',
      value: 'text',
      text: 'text', // what it means
    },
    /** What `Pull.hpt.find` found, at most a hundred entries; `search` has a row when something was looked for. */
    search: { text: 'text', total: 'i32' },
    found: { slot: 'i32', v: 'u64', r: 'u64' },
    /** Whose SLB, TLB and walk these are; `state` is a sentence. No row: the focus has no thread. */
    thread: { thread: 'i32', lpid: 'i32', guest: 'i32', state: 'text' },
    /** The walk that is explained; no row when none is, or none can be. */
    walk: { ea: 'u64', access: 'text', result: 'text', ok: 'i32', note: 'text' },
    /** Its steps. `indent` 1: an entry of the group above. `good`: 1 = goes on, 0 = does not, -1 = neither. */
    steps: {
      indent: 'i32',
      title: 'text',
      detail: 'text',
      good: 'i32',
      slot: 'i32', // entry it is about, -1 none
      slots: 'i32', // entries from there on: 8 for a group
    },
    slb: {
      entry: 'i32',
      esid: 'u64', // first address of the segment
      vsid: 'u64',
      size: 'text', // '1 TB'
      page: 'text',
      flags: 'text', // 'Ks Kp N C'
    },
    tlb: {
      entry: 'i32',
      lpid: 'i32',
      va: 'text', // virtual address of its base page, which may have more than 64 bits
      page: 'text',
      real: 'f64',
      flags: 'text', // 'R C', 'pp 2'
      slot: 'i32', // entry of the table that it was made of, -1: none of this VM
      stale: 'text', // how the table differs by now, '' if it does not
    },
    /** Entries of the TCE tables of the VM that let a device in, at most 256. */
    tce: {
      liobn: 'i32',
      window: 'f64', // bytes of I/O address space
      ioba: 'f64', // I/O address
      tce: 'u64',
      gpa: 'u64', // guest real address of the page
      may: 'text', // 'read, write'
      real: 'f64', // real address behind it, -1: no guest memory
    },
    /** Tables that the VM has, with how many entries let a device in. */
    tces: { liobn: 'i32', window: 'f64', used: 'i32' },
  },
  /** Interrupts view: the way of each interrupt from source to controller (ICP) to thread or vcpu. VM 0 = the host. */
  interrupts: {
    /** The controllers that exist; the others' rows name theirs by `vm`. */
    controllers: { vm: 'i32', title: 'text' }, // whose: 'the host', 'VM 1 (guest)'
    sources: {
      vm: 'i32',
      number: 'i32',
      lsi: 'i32',
      server: 'i32',
      priority: 'i32', // 255 = masked
      saved: 'i32', // what ibm,int-on restores
      status: 'i32', // XICS_STATUS_* bits
      presented: 'i32', // server that presents it, -1 none
      words: 'text', // what it does: 'waits: rejected'
    },
    icps: {
      vm: 'i32',
      server: 'i32',
      xirr: 'u64', // CPPR in the top byte of 32, the presented source below
      cppr: 'i32',
      xisr: 'i32',
      pending: 'i32', // priority of the presented source (PP)
      mfrr: 'i32',
      target: 'text', // entity path of the thread or vcpu that it interrupts
      thread: 'i32', // the thread, or the one on which the vcpu is; -1 none
      vcpu: 'i32', // guest: the vcpu, host: -1
      line: 'i32', // host: the thread's external interrupt line; guest: what KVM was told
      queued: 'text', // guest: BOOK3S_IRQPRIO_EXTERNAL 'edge', EXTERNAL_LEVEL 'level', '' none
      mer: 'i32', // guest: LPCR[MER] with which it runs, -1 while it does not or has none
      ee: 'i32', // MSR[EE] of the thread or the vcpu, -1 where it masks none (it halts or has a guest)
      handled: 'f64', // host: device interrupts handled there
      words: 'text', // what happens next at the target
    },
  },
  /** Inspector for the focus. `group` is a heading; `changed` 1 = changed by the last step, with the old value. */
  inspect: {
    fields: {
      group: 'text',
      path: 'text', // 'core0/t1/DPDES', 'vm1/vcpu2/doorbell_request'
      name: 'text',
      value: 'text', // hex for registers ('0x…'), decimal for counts, text otherwise
      old: 'text',
      changed: 'i32',
      bits: 'text', // bit fields 'NAME=v NAME=v …' of an SPR, '' if it has none
      doc: 'text', // what it is; who writes it
    },
  },
  /** Console and event log. */
  log: {
    console: { vm: 'i32', text: 'text' },
    /** Names of the host's tasks, in the order of their numbers. */
    tasks: { name: 'text' },
    events: EVENT_COLUMNS,
  },
  /** Scrubber: the history of the current branch in bins, and the branches. */
  history: {
    bins: {
      from: 'f64', // first step of the bin
      to: 'f64',
      entries: 'f64', // guest entries
      exits: 'f64',
      ipis: 'f64',
      guest: 'f64', // guest instructions
      violations: 'f64',
    },
    branches: {
      id: 'i32',
      name: 'text',
      parent: 'i32',
      fork: 'f64', // step on the parent where it forks
      end: 'f64', // furthest step known
      inputs: 'i32',
      current: 'i32',
    },
    inputs: { step: 'f64', cycle: 'f64', text: 'text' },
    violations: { step: 'f64', id: 'text', why: 'text' },
  },
  /** Checks and counters of the scenario at this position. */
  checks: {
    checks: { name: 'text', what: 'text', ok: 'i32', why: 'text', where: 'text' }, // ok: 1 holds, 0 broken, -1 not yet; where: entity path
    counters: { name: 'text', value: 'f64' },
    // Registers at the last entry and exit of a whole core: in the host, at hrfid, when the guest lost the thread, in the host.
    anatomy: { register: 'text', host: 'text', entered: 'text', left: 'text', after: 'text' },
  },
} as const satisfies Record<string, Record<string, TableSchema>>;

export type SectionName = keyof typeof SECTIONS;
/** Decoded section: the tables of a section as arrays of plain rows. */
export type Section<N extends SectionName> = {
  readonly [T in keyof (typeof SECTIONS)[N]]: (typeof SECTIONS)[N][T] extends TableSchema
    ? readonly RowOf<(typeof SECTIONS)[N][T]>[]
    : never;
};
export type RowIn<
  N extends SectionName,
  T extends keyof (typeof SECTIONS)[N],
> = Section<N>[T] extends readonly (infer R)[] ? R : never;
