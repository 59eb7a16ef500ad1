// The code section: stack of the focus, cursors of all threads, and guest instructions around the focused pc.
import { decode } from '../../sim/isa/decode.ts';
import { disassemble } from '../../sim/isa/disassemble.ts';
import { describe, effectsOf } from '../../sim/isa/rtl.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import type { RowIn } from '../sections.ts';
import { symbolsFor, type World } from '../world.ts';
import { focusOf } from './focus.ts';
import { guestWordAt } from './guest-memory.ts';
import { registerText } from './registers.ts';
import type { Symbols } from './symbols.ts';

const BEFORE = 8;
const AFTER = 24;

type Cursor = RowIn<'code', 'cursors'>;

function stack(m: Machine, task: number): RowIn<'code', 'stack'>[] {
  return (m.host.tasks[task]?.stack ?? []).map((frame) => {
    const live = m.program.get(frame.routine);
    const locals = Object.entries(frame.locals).map(([name, v]) => `${name}=${plainText(v)}`);
    return {
      routine: live?.index ?? -1,
      step: live?.steps.get(frame.label)?.shown ?? -1,
      locals: locals.join(' '),
    };
  });
}

function plainText(v: unknown): string {
  if (typeof v === 'bigint') return `0x${v.toString(16)}`;
  if (v !== null && typeof v === 'object') return `{${Object.keys(v).length}}`;
  return String(v);
}

/** One cursor per frame of the task that runs on each thread; the innermost is where it stands. */
function cursors(m: Machine): Cursor[] {
  return m.host.cpus.flatMap((cpu, thread) => {
    const task = m.host.tasks[cpu.curr];
    if (!task) return [];
    return task.stack.map((frame, i): Cursor => {
      const live = m.program.get(frame.routine);
      return {
        thread,
        routine: live?.index ?? -1,
        step: live?.steps.get(frame.label)?.shown ?? -1,
        vcpu: cpu.kvm_vcpu >= 0 ? cpu.kvm_vcpu : task.vcpu,
        innermost: i === task.stack.length - 1 && !m.hw.inGuest(thread) ? 1 : 0,
      };
    });
  });
}

function disasm(
  m: Machine,
  thread: number,
  vcpu: number,
  symbols: Symbols,
): RowIn<'code', 'disasm'>[] {
  if (!m.k.kvm.vcpus[vcpu]) return [];
  const inGuest = thread >= 0 && m.hw.inGuest(thread);
  const pc = inGuest ? m.hw.arena.nia(thread) : (m.k.kvm.vcpus[vcpu]?.pc ?? 0n);
  const rows: RowIn<'code', 'disasm'>[] = [];
  for (let i = -BEFORE; i < AFTER; i++) {
    const address = pc + BigInt(4 * i);
    const word = address < 0n ? null : guestWordAt(m, vcpu, address);
    if (word === null) continue;
    const decoded = decode(word);
    const here = i === 0;
    const effects = here ? effectsOf(word) : { reads: [], writes: [] };
    const values = (names: readonly string[]): string =>
      names.map((name) => registerText(m, { thread, vcpu, inGuest }, name)).join(' ');
    rows.push({
      address,
      word: word | 0,
      symbol: symbols.at(address),
      text: disassemble(word, address),
      rtl: decoded ? describe(decoded.row, decoded.flags).rtl.join('; ') : '',
      reads: values(effects.reads),
      writes: values(effects.writes),
      current: here ? 1 : 0,
      breakpoint: m.breakpoints.has(address) ? 1 : 0,
    });
  }
  return rows;
}

export function codeTables(world: World, focus: string) {
  const m = world.loaded.machine as Machine;
  const { thread, task, vcpu } = focusOf(m, focus);
  const symbols = symbolsFor(world, vcpu);
  return { stack: stack(m, task), cursors: cursors(m), disasm: disasm(m, thread, vcpu, symbols) };
}
