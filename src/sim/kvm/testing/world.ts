// A VM with memory and a page table, without scenario or schedule, and agents that run host routines on its threads one
// step at a time.
import type { CpuModel } from '../../hardware/cpu-model.ts';
import { CPU_MODELS } from '../../hardware/cpu-model.ts';
import { Hardware } from '../../hardware/hardware.ts';
import { freshMemory, HUGE_PAGE, reserveHugePages } from '../../host/memory.ts';
import type { Locals, Routine, Step } from '../../host/routine.ts';
import { make } from '../../state/schema.ts';
import type { KvmCtx } from '../context.ts';
import { hSetDabr } from '../hcall-dabr.ts';
import { hptRoutines } from '../hcall-table.ts';
import { allocHpt } from '../hpt.ts';
import { setMemoryRegion } from '../memory-region.ts';
import { type Edit, targetOf } from '../patches.ts';
import { VCPU, VM, type Vm } from '../records.ts';
import { unmapRmapp } from '../rmap.ts';
import { doTlbies } from '../tlbie.ts';

const MB = 2 ** 20;
const PATB = 0x100000;
const LPID = 1n;

interface Indexed {
  readonly routine: Routine<KvmCtx>;
  readonly at: ReadonlyMap<string, number>;
}

interface Frame {
  readonly indexed: Indexed;
  step: number;
  readonly locals: Locals;
}

/** Runs one routine, and what it calls, on one hardware thread. */
export class Agent {
  /** Value that the routine returned, null before. */
  value: number | null = null;
  readonly #world: World;
  readonly #thread: number;
  readonly #stack: Frame[] = [];

  constructor(world: World, thread: number, name: string, locals: Locals) {
    this.#world = world;
    this.#thread = thread;
    this.#call(name, locals);
  }

  /** One step; returns it, with the locals of its routine. */
  step(): { step: Step<KvmCtx>; locals: Locals } {
    const frame = this.#stack.at(-1);
    const step = frame?.indexed.routine.steps[frame.step];
    if (!frame || !step) throw new Error('Agent: the routine has returned');
    const { k } = this.#world;
    k.tid = this.#thread;
    const outcome = step.run(k, frame.locals);
    this.#world.ran.add(step);
    switch (outcome?.to) {
      case undefined:
        frame.step += 1;
        break;
      case 'label':
        frame.step = frame.indexed.at.get(outcome.label) ?? Number.NaN;
        break;
      case 'call':
        frame.step += 1;
        this.#call(outcome.routine, outcome.locals);
        break;
      case 'return': {
        this.#stack.pop();
        const caller = this.#stack.at(-1);
        if (caller) caller.locals.ret = outcome.value;
        else this.value = outcome.value;
        break;
      }
      default: // it waits
    }
    return { step, locals: frame.locals };
  }

  finish(): number {
    for (let n = 0; this.value === null; n++) {
      if (n > 100_000) throw new Error('Agent: it never ends');
      this.step();
    }
    return this.value;
  }

  #call(name: string, locals: Locals): void {
    const indexed = this.#world.routines.get(name);
    if (!indexed) throw new Error(`Agent: no routine ${name}`);
    this.#stack.push({ indexed, step: 0, locals: { ...locals } });
  }
}

/** The context, its VM (number 0) with `vcpus` vcpus and a page table of 2^18 bytes; memory comes by `region`. */
export class World {
  readonly k: KvmCtx;
  readonly vm: Vm;
  readonly routines: ReadonlyMap<string, Indexed>;
  /** Every step that has run. */
  readonly ran = new Set<Step<KvmCtx>>();

  /** @param edits mutations of the routines */
  constructor(cpu: string, vcpus: number, edits: readonly Edit[] = []) {
    const order = 18;
    const model = CPU_MODELS.get(cpu) as CpuModel;
    const realBytes = 2 * HUGE_PAGE + 16 * MB + 2 * 2 ** order;
    const hw = new Hardware(model, model.threadsPerCore === 1 ? 4 : 1, realBytes, () => {});
    const memory = freshMemory(2 * MB, realBytes);
    reserveHugePages(memory, 2);
    this.vm = make(VM, { lpid: Number(LPID) });
    const kvm = {
      vms: [this.vm],
      vcores: [],
      vcpus: Array.from({ length: vcpus }, (_, vcpu_id) => make(VCPU, { vcpu_id, vm: 0 })),
    };
    this.vm.vcpus = kvm.vcpus.map((_, i) => i);
    const host = { cpus: [], tasks: [], memory, xics: { icps: [], sources: [] }, seed: 0 };
    this.k = { hw, host, kvm, tid: 0, emit: () => {} };
    if (!allocHpt(this.k, this.vm, order)) throw new Error('World: no room for the page table');
    this.#partition();
    const mode = model.version === '3.0' ? 'virtual' : 'real';
    const all = [...hptRoutines(mode), hSetDabr(mode), doTlbies, unmapRmapp, setMemoryRegion];
    this.routines = new Map(all.map((routine) => [routine.name, index(edited(routine, edits))]));
  }

  /** Where the hardware finds the table. */
  #partition(): void {
    const { hw } = this.k;
    const table = BigInt(this.vm.hpt_base) | BigInt(this.vm.hpt_order - 18);
    for (let t = 0; t < hw.threads; t++) {
      hw.set(t, 'LPIDR', LPID);
      if (hw.model.version === '3.0') hw.set(t, 'PTCR', BigInt(PATB));
      else hw.set(t, 'SDR1', table);
    }
    if (hw.model.version === '3.0') hw.arena.write64(PATB + 16 * Number(LPID), table);
  }

  /** KVM_SET_USER_MEMORY_REGION on thread `thread`; size 0 takes the slot away. */
  region(thread: number, slot: number, guest_phys_addr: number, memory_size: number): Agent {
    const locals = { slot, guest_phys_addr, memory_size, rma: -1 };
    return new Agent(this, thread, 'kvmppc_core_prepare_memory_region_hv', locals);
  }

  /** An hcall of `vcpu` on the thread of that number: `args` are r4 and up. */
  hcall(name: string, vcpu: number, args: readonly bigint[]): Agent {
    const { gpr } = this.k.kvm.vcpus[vcpu] ?? make(VCPU);
    args.forEach((value, i) => {
      gpr[4 + i] = value;
    });
    return new Agent(this, vcpu, name, { vcpu, ret: 0 });
  }

  /** 'routine/label' of the steps that never ran. */
  missing(): string[] {
    return [...this.routines.values()].flatMap(({ routine: { name, steps } }) =>
      steps.flatMap((step) => (this.ran.has(step) ? [] : [`${name}/${step.label}`])),
    );
  }

  /** r4 to r11 of a vcpu. */
  results(vcpu: number): bigint[] {
    return this.k.kvm.vcpus[vcpu]?.gpr.slice(4, 12) ?? [];
  }
}

function edited(routine: Routine<KvmCtx>, edits: readonly Edit[]): Routine<KvmCtx> {
  const own = edits.filter((edit) => edit.routine === routine.name);
  const steps = routine.steps.flatMap((step) =>
    own
      .filter((edit) => targetOf(edit) === step.label)
      .reduce<Step<KvmCtx>[]>(
        (shown, edit) => {
          if ('insert' in edit) return [edit.insert].concat(shown);
          return 'remove' in edit ? shown.slice(0, -1) : shown.slice(0, -1).concat(edit.by);
        },
        [step],
      ),
  );
  return { ...routine, steps };
}

function index(routine: Routine<KvmCtx>): Indexed {
  return { routine, at: new Map(routine.steps.map(({ label }, i) => [label, i])) };
}
