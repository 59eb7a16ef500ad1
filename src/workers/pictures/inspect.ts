// The inspector's fields for a focus: registers of a thread, records of a vcpu, vcore, task or VM, by their schema.
import { layoutOf } from '../../sim/hardware/mmu/context.ts';
import { type Hpte, PTEG_ENTRIES } from '../../sim/hardware/mmu/hpte.ts';
import { readSpr } from '../../sim/hardware/spr-access.ts';
import { CPU, TASK } from '../../sim/host/records.ts';
import { hasSpr, SPRS } from '../../sim/isa/spr.ts';
import { VCORE, VCPU, VM } from '../../sim/kvm/records.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { vcoreEntity } from '../../sim/scenario/entities.ts';
import type { FieldSpec, RecordSpec } from '../../sim/state/schema.ts';
import { icpPath } from '../../sim/trace/paths.ts';
import { VMM } from '../../sim/vmm/records.ts';
import { xirrOf } from '../../sim/xics/icp.ts';
import { ICP, SOURCE, STATUS } from '../../sim/xics/records.ts';
import type { RowIn } from '../sections.ts';
import { focusOf, irqAt } from './focus.ts';
import { entryOf } from './hpt-entry.ts';
import { fieldsOf } from './hpte-fields.ts';
import { hex } from './registers.ts';

export type FieldRow = RowIn<'inspect', 'fields'>;

const NO_TIMER = 2 ** 51;

function fieldText(spec: FieldSpec<unknown>, value: unknown): string {
  if (typeof value === 'bigint') return hex(value);
  if (spec.kind === 'count' && typeof value === 'number' && value > NO_TIMER) return 'never';
  if (spec.kind === 'word' && typeof value === 'number') return `0x${(value >>> 0).toString(16)}`;
  if (spec.kind === 'id' && value === -1) return 'none';
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  return JSON.stringify(value, (_k, v: unknown) => (typeof v === 'bigint' ? hex(v) : v)) ?? '';
}

function row(
  group: string,
  path: string,
  name: string,
  value: string,
  doc: string,
  bits = '',
): FieldRow {
  return { group, path: `${path}/${name}`, name, value, old: '', changed: 0, bits, doc };
}

/** Every field of a record; arrays of registers give a row each. */
function recordRows(group: string, path: string, spec: RecordSpec, value: object): FieldRow[] {
  return Object.entries(spec.fields).flatMap(([name, field]) => {
    const held = (value as Record<string, unknown>)[name];
    const doc = `${field.what}; written by ${field.by}`;
    if (name === 'stack') return [];
    if (field.kind !== 'regs') return [row(group, path, name, fieldText(field, held), doc)];
    return (held as bigint[]).map((v, i) =>
      row(`${group} ${name}`, path, `${name}${i}`, hex(v), doc),
    );
  });
}

function bitText(
  value: bigint,
  fields: readonly { name: string; lo: number; width: number }[],
): string {
  return fields
    .map(
      ({ name, lo, width }) =>
        `${name}=${((value >> BigInt(lo)) & ((1n << BigInt(width)) - 1n)).toString(16)}`,
    )
    .join(' ');
}

function threadRows(m: Machine, t: number, path: string): FieldRow[] {
  const { arena } = m.hw;
  const gprs = Array.from({ length: 32 }, (_, n) =>
    row('GPR', path, `r${n}`, hex(arena.gpr(t, n)), `general-purpose register ${n}`),
  );
  const core = [
    row('Core', path, 'NIA', hex(arena.nia(t)), 'next instruction address'),
    row('Core', path, 'CR', hex(BigInt(arena.cr(t) >>> 0), 8), 'condition register'),
    row('Core', path, 'DHDES', String(arena.dhdes(t)), 'directed hypervisor doorbell pending'),
    row(
      'Core',
      path,
      'clock',
      String(arena.clock(t)),
      'cycle clock of the thread, illustrative model cycles',
    ),
  ];
  const sprs = SPRS.flatMap((spr, slot) => {
    if (!hasSpr(m.hw.model.family, spr)) return [];
    const value = readSpr(m.hw, t, slot);
    const shown = hex(value, spr.bits / 4);
    return [row('SPR', path, spr.name, shown, spr.what, bitText(value, spr.fields))];
  });
  return [...core, ...gprs, ...sprs];
}

/** 'vm1/hpt/pteg17/1': both doublewords of an entry of a hashed page table, and what the guest wrote. */
function entryRows(m: Machine, path: string): FieldRow[] {
  const match = /^vm(\d+)\/hpt\/pteg(\d+)\/([0-7])$/.exec(path);
  const vm = m.k.kvm.vms[Number(match?.[1]) - 1];
  const slot = Number(match?.[2]) * PTEG_ENTRIES + Number(match?.[3]);
  if (!match || !vm || vm.hpt_order === 0 || slot >= 2 ** (vm.hpt_order - 4)) return [];
  const { hpte, guest } = entryOf(m, vm, slot);
  const layout = layoutOf(m.hw);
  const words = (view: 'real' | 'guest', { v, r }: Hpte): FieldRow[] => {
    const fields = fieldsOf(view, view === 'real' ? layout : 'old', { v, r });
    return [v, r].map((value, dword) => {
      const bits = fields.filter((field) => field.dword === dword);
      const name = `${view === 'real' ? '' : 'guest '}doubleword ${dword}`;
      const doc = bits.map(({ name: field, text }) => `${field}: ${text}`).join('; ');
      return row(
        view === 'real' ? 'HPTE, as the hardware sees it' : 'HPTE, as the guest sees it',
        path,
        name,
        hex(value),
        doc,
        bitText(value, bits),
      );
    });
  };
  return [...words('real', hpte), ...words('guest', guest)];
}

/** 'irq/0x1000', 'vm1/icp/2': a source with its status bits, the presentation controller, and what waits for it. */
function irqRows(m: Machine, path: string): FieldRow[] {
  const at = irqAt(m, path);
  if (!at) return [];
  const { vm, source, server, icp } = at;
  const status = Object.entries(STATUS).map(([name, bit]) => ({
    ...{ name, lo: Math.log2(bit), width: 1 },
  }));
  const own = source
    ? recordRows('ICS source', path, SOURCE, source).map((field) =>
        field.name === 'status'
          ? { ...field, bits: bitText(BigInt(source.status), status) }
          : field.name === 'number'
            ? { ...field, value: `0x${source.number.toString(16).toUpperCase()}` }
            : field,
      )
    : [];
  const icpAt = icpPath(vm, server);
  const xirr = hex(BigInt(xirrOf(icp)), 8);
  return [
    ...own,
    row(`ICP of server ${server}`, icpAt, 'xirr', xirr, 'CPPR and the presented source, as read'),
    ...recordRows(`ICP of server ${server}`, icpAt, ICP, icp),
  ];
}

/** Fields of the focused entity as they are now; `old` and `changed` are filled by `markChanges`. */
export function inspectFields(m: Machine, path: string): FieldRow[] {
  const { kind, thread, task, vcpu } = focusOf(m, path);
  const v = m.k.kvm.vcpus[vcpu];
  const vcore = m.k.kvm.vcores[v?.vcore ?? -1];
  const taskRows = (id = task): FieldRow[] => {
    const held = m.host.tasks[id];
    return held ? recordRows('task', `task${id}`, TASK, held) : [];
  };
  switch (kind) {
    case 'thread': {
      const cpu = m.host.cpus[thread];
      if (!cpu) return [];
      return [
        ...threadRows(m, thread, path),
        ...recordRows('cpu (PACA, run queue)', path, CPU, cpu),
        ...taskRows(),
      ];
    }
    case 'vcpu':
      return v
        ? [
            ...recordRows('vcpu', path, VCPU, v),
            ...(vcore ? recordRows('vcore', vcoreEntity(m, v.vcore), VCORE, vcore) : []),
            ...taskRows(v.task),
          ]
        : taskRows();
    case 'vcore':
      return vcore ? recordRows('vcore', path, VCORE, vcore) : [];
    case 'vm': {
      const n = Number(path.slice(2)) - 1;
      const [vm, vmm] = [m.k.kvm.vms[n], m.k.vmms[n]];
      return [
        ...(vm ? recordRows('vm', path, VM, vm) : []),
        ...(vmm
          ? recordRows('vmm', path, VMM, { ...vmm, console: `${vmm.console.length} characters` })
          : []),
      ];
    }
    case 'task':
      return taskRows();
    case 'irq':
      return irqRows(m, path);
    default:
      return entryRows(m, path);
  }
}

/** Rows with what differs from the fields one step earlier. */
export function markChanges(
  now: readonly FieldRow[],
  before: readonly FieldRow[] | null,
): FieldRow[] {
  if (!before) return [...now];
  const old = new Map(before.map((field) => [field.path, field.value]));
  return now.map((field) => {
    const was = old.get(field.path);
    return was === undefined || was === field.value ? field : { ...field, old: was, changed: 1 };
  });
}
