// The program section: where each vcpu stands in the guest's program, and its breakpoints.
import { disassemble } from '../../sim/isa/disassemble.ts';
import type { Machine } from '../../sim/machine/machine.ts';
import { vcpuEntity } from '../../sim/scenario/entities.ts';
import { NONE } from '../../sim/state/ids.ts';
import { isHalted } from '../../sim/vmm/process.ts';
import type { BreakpointHit, ProgramText } from '../protocol.ts';
import type { RowIn, Section } from '../sections.ts';
import { lineOf, symbolsFor, type World } from '../world.ts';
import { focusOf } from './focus.ts';
import { guestWordAt } from './guest-memory.ts';

/** Thread on which the next step executes an instruction, and its address; null when it does something else. */
function nextInsn({ loaded }: World): { thread: number; address: bigint } | null {
  const { machine } = loaded;
  const { thread } = machine.nextActor();
  if (thread < 0 || machine.endReason() !== '' || !machine.hw.inGuest(thread)) return null;
  return { thread, address: machine.hw.arena.nia(thread) };
}

/** Status.breakpoint: where the next step executes an instruction with a breakpoint, null elsewhere. */
export function breakpointHere(world: World): BreakpointHit | null {
  const { machine } = world.loaded;
  const next = machine.atBreakpoint() ? nextInsn(world) : null;
  if (!next) return null;
  const { thread, address } = next;
  const vcpu = machine.host.cpus[thread]?.kvm_vcpu ?? 0;
  return {
    thread: machine.threadPath(thread),
    vcpu: vcpuEntity(machine, vcpu),
    text: `${symbolsFor(world, vcpu).near(address)} on thread ${thread}`,
  };
}

export function programTables(world: World, focus: string): Section<'program'> {
  return { cursors: cursors(world, focus), breakpoints: breakpoints(world) };
}

function cursors(world: World, focus: string): RowIn<'program', 'cursors'>[] {
  const m = world.loaded.machine as Machine;
  const focused = focusOf(m, focus).vcpu;
  const next = nextInsn(world);
  return m.k.kvm.vcpus.flatMap((saved, vcpu) => {
    if (isHalted(m.k, vcpu)) return [];
    const { thread } = focusOf(m, vcpuEntity(m, vcpu));
    const inGuest = thread >= 0 && m.hw.inGuest(thread);
    const address = inGuest ? m.hw.arena.nia(thread) : saved.pc;
    return [
      {
        vcpu,
        thread: inGuest ? thread : -1,
        address,
        line: lineOf(world, vcpu, address),
        focus: vcpu === focused ? 1 : 0,
        next: inGuest && next?.thread === thread ? 1 : 0,
      },
    ];
  });
}

function breakpoints(world: World): RowIn<'program', 'breakpoints'>[] {
  const m = world.loaded.machine;
  const here = m.atBreakpoint() ? nextInsn(world)?.address : undefined;
  return [...m.breakpoints]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((address) => {
      const word = guestWordAt(m as Machine, 0, address);
      return {
        address,
        line: world.lines.lineAt(address),
        symbol: symbolsFor(world, NONE).near(address),
        text: word === null ? '' : disassemble(word, address),
        here: address === here ? 1 : 0,
      };
    });
}

/** The program for the catalogue. */
export function programText({ loaded }: Pick<World, 'loaded'>): ProgramText {
  const { guest, scenario } = loaded;
  const order = guest.littleEndian ? 'little-endian' : 'big-endian';
  return {
    kind: guest.kind,
    format: guest.format,
    source: guest.kind === 'image' ? scenario.guest : guest.source,
    file: guest.file,
    entry: guest.entry,
    mode: `${guest.sixtyFour ? '64' : '32'}-bit, ${order}`,
    symbols: guest.symbols.size,
    segments: guest.segments.map(({ real, bytes, size }) => ({
      address: real,
      bytes: bytes.length,
      size,
    })),
    lines: guest.lines,
  };
}
