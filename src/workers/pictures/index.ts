// Builds the sections that a frame needs, as encoded tables.
import { SPRS } from '../../sim/isa/spr.ts';
import { PRESETS } from '../../sim/kvm/patch-sets.ts';
import type { History } from '../../sim/machine/history.ts';
import { actionText } from '../../sim/machine/inputs.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { Monitor } from '../../sim/scenario/anatomy-monitor.ts';
import { checkResults, counters } from '../../sim/scenario/report.ts';
import type { Library, Scenario } from '../../sim/scenario/scenario.ts';
import { encodeTable, type TableSchema } from '../../sim/trace/columns.ts';
import { EVENT_KINDS } from '../../sim/trace/events.ts';
import { vcorePath, vcpuPath, vmPath } from '../../sim/trace/paths.ts';
import { firstVcpu } from '../../sim/vmm/process.ts';
import type { VmConfig } from '../../sim/vmm/records.ts';
import type { Catalogue, Pull } from '../protocol.ts';
import { SECTIONS, type Section, type SectionName } from '../sections.ts';
import type { World } from '../world.ts';
import { anatomyRows } from './anatomy.ts';
import { codeTables } from './code.ts';
import { doorbellTables } from './doorbells.ts';
import { type FieldRow, inspectFields, markChanges } from './inspect.ts';
import { interruptTables } from './interrupts.ts';
import { machineTables } from './machine.ts';
import { programTables, programText } from './program.ts';
import { runsWhole } from './vcores.ts';

/** Everything the pictures are made from. */
export interface Subject extends World {
  /** Fields of the focus one step earlier, null when not known. */
  readonly before: readonly FieldRow[] | null;
  /** The instruction that the page looks at; made only when it is drawn. */
  readonly insn: () => Section<'insn'>;
  /** The page tables as `Pull.hpt` looks at them. */
  readonly hpt: () => Section<'hpt'>;
}

type Builders = { readonly [N in SectionName]: (s: Subject, pull: Pull) => Section<N> };

const BUILDERS: Builders = {
  machine: ({ loaded }) => machineTables(loaded.machine as Machine),
  doorbells: ({ loaded }) => doorbellTables(loaded.machine),
  interrupts: ({ loaded }) => interruptTables(loaded.machine as Machine),
  code: (subject, pull) => codeTables(subject, pull.focus),
  insn: ({ insn }) => insn(),
  program: (subject, pull) => programTables(subject, pull.focus),
  hpt: ({ hpt }) => hpt(),
  inspect: ({ loaded, before }, pull) => ({
    fields: markChanges(inspectFields(loaded.machine as Machine, pull.focus), before),
  }),
  log: ({ loaded }, pull) => ({
    console: loaded.machine.k.vmms.map(({ console }, i) => ({ vm: i + 1, text: console })),
    tasks: loaded.machine.host.tasks.map(({ comm }) => ({ name: comm })),
    events: loaded.machine.events.last(pull.eventsWanted),
  }),
  history: ({ history }, pull) => historyTables(history, pull.bins),
  checks: ({ loaded }) => ({
    checks: checkResults(loaded).map((c) => ({ ...c, ok: c.ok ? 1 : c.open ? -1 : 0 })),
    counters: Object.entries(counters(loaded)).flatMap(([name, n]) =>
      typeof n === 'number'
        ? [{ name, value: n }]
        : Object.entries(n).map(([reason, times]) => ({ name: `${name} ${reason}`, value: times })),
    ),
    anatomy: anatomyRows(loaded.machine.monitor.runs),
  }),
};

function historyTables(history: History<Monitor>, bins: number): Section<'history'> {
  const { machine, current } = history;
  return {
    bins: history.bins(bins),
    branches: history.branches.map((b) => ({
      id: b.id,
      name: b.name,
      parent: b.parent,
      fork: b.fork,
      end: b.end,
      inputs: b.inputs.filter((input) => input.user).length,
      current: b === current ? 1 : 0,
    })),
    inputs: inputRows(machine),
    violations: machine.m.violations.map(({ step, id, why }) => ({ step, id, why })),
  };
}

/** Inputs whose step is known: those applied so far, and later ones that were injected at a step. */
function inputRows({ inputs, m }: Machine<Monitor>): Section<'history'>['inputs'] {
  return inputs.flatMap(({ step, cycle, user, action }, i) => {
    const at = m.input_steps[i] ?? step;
    const text = `${actionText(action)}${user ? '' : ' (by the scenario)'}`;
    return at < 0 ? [] : [{ step: at, cycle, text }];
  });
}

/** Buffers that the page has given back, for reuse: a running page then allocates next to nothing. */
export class BufferPool {
  private free: ArrayBuffer[] = [];

  give(buffers: readonly ArrayBuffer[]): void {
    this.free = [...this.free, ...buffers].slice(-64);
  }

  /** A buffer of at least `bytes`, not wastefully large. */
  take(bytes: number): ArrayBuffer {
    const at = this.free.findIndex((b) => b.byteLength >= bytes && b.byteLength <= 4 * bytes + 256);
    const [found] = at < 0 ? [] : this.free.splice(at, 1);
    return found ?? new ArrayBuffer(Math.ceil((bytes * 1.25) / 64) * 64);
  }
}

/** Encodes one section. */
export function buildSection<N extends SectionName>(
  name: N,
  subject: Subject,
  pull: Pull,
  buffers: BufferPool,
): Record<string, ArrayBuffer> {
  const tables = BUILDERS[name](subject, pull) as unknown as Readonly<
    Record<string, readonly never[]>
  >;
  return Object.fromEntries(
    Object.entries(SECTIONS[name] as Readonly<Record<string, TableSchema>>).map(
      ([table, schema]) => [
        table,
        encodeTable(schema, tables[table] ?? [], (bytes) => buffers.take(bytes)),
      ],
    ),
  );
}

/** Vcores of a VM; before it is created as many as vcpus, which is the most. */
function vcoresOf({ k }: Machine<Monitor>, vm: number): number {
  return Math.ceil((k.configs[vm]?.vcpus ?? 0) / (k.kvm.vms[vm]?.smt_mode ?? 1));
}

/** What can be looked at of a VM: its vcpus, its vcores, and itself. */
function vmEntities(m: Machine<Monitor>, { name, vcpus }: VmConfig, vm: number) {
  const count = (length: number) => Array.from({ length }, (_, n) => n);
  const first = firstVcpu(m.k.configs, vm);
  const firstVcore = count(vm).reduce((sum, before) => sum + vcoresOf(m, before), 0);
  return [
    ...count(vcpus).map((n) => ({
      path: vcpuPath(vm + 1, first + n),
      title: `vcpu ${first + n} (CPU ${n}/KVM)`,
    })),
    ...count(vcoresOf(m, vm)).map((n) => ({
      path: vcorePath(vm + 1, firstVcore + n),
      title: `vcore ${firstVcore + n}`,
    })),
    { path: vmPath(vm + 1), title: `virtual machine ${name}` },
  ];
}

/** The scenarios of the list, and the machine's own if it is a small system that only a link opens. */
const offered = (
  { scenarios }: Library<Monitor>,
  own: Scenario<Monitor>,
): readonly Scenario<Monitor>[] =>
  scenarios.some(({ id }) => id === own.id) ? scenarios : [...scenarios, own];

/** Static text for the page: routines with the patch as a diff, topology, names. */
export function catalogueOf(
  { loaded }: Pick<Subject, 'loaded'>,
  library: Library<Monitor>,
): Catalogue {
  const { scenario, machine } = loaded;
  const { image: _, ...spec } = loaded.spec;
  const { model, configs } = machine.spec;
  const { patches } = loaded.host.text;
  const threads = Array.from({ length: machine.hw.threads }, (_, t) => machine.threadPath(t));
  return {
    spec,
    program: programText({ loaded }),
    scenarios: offered(library, scenario).map(({ id, title, summary }) => ({
      id,
      title,
      summary,
      variants: [],
    })),
    patches: patches.map(({ id, title, summary, commit, fixed = '' }) => ({
      id,
      title,
      summary,
      commit,
      fixed,
      own: scenario.patches.includes(id),
      shownBy: loaded.host.linkOfCase?.(id) ?? '',
      on: !spec.off.includes(id),
    })),
    presets: PRESETS.filter(({ off }) => off.every((id) => patches.some((p) => p.id === id))),
    routines: [...machine.program.values()].map(({ base, shown }) => ({
      name: base.name,
      source: base.source,
      mode: base.mode,
      about: base.about,
      steps: shown.map(({ step, diff, patch, live }) => ({
        label: step.label,
        title: step.title,
        mode: step.mode,
        cost: step.cost,
        diff,
        patch,
        live,
      })),
    })),
    topology: {
      cpu: model.title,
      cores: machine.spec.cores,
      threadsPerCore: model.threadsPerCore,
      doorbells: model.doorbellScope !== 'none',
      wholeVcores: runsWhole(machine as Machine),
      // KVM gives out LPIDs in the order in which VMs are created.
      vms: configs.map(({ name, virtualSmt, vcpus }, i) => ({
        id: i + 1,
        name,
        lpid: i + 1,
        virtualSmt,
        vcpus,
      })),
    },
    sprs: SPRS,
    eventKinds: EVENT_KINDS.map(({ name, text, cross, phase }) => ({ name, text, cross, phase })),
    entities: [
      ...threads.map((path, t) => ({ path, title: `hardware thread ${t}` })),
      ...configs.flatMap((config, vm) => vmEntities(machine, config, vm)),
    ],
  };
}
