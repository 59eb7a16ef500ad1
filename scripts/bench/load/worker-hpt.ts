// The product's worker with a machine whose hashed page table looks as if it had a million entries (order 24), seven in
// ten in use; in every picture some hundred others have changed. Only the pictures see it: the hypervisor keeps its own.
import './grow.ts';

import '../../../src/workers/worker.ts';
import type { Machine } from '../../../src/sim/machine/machine.ts';
import { SCENARIOS } from '../../../src/sim/scenario/index.ts';
import { mix32 } from '../../../src/sim/state/hash.ts';
import { HptPicture } from '../../../src/workers/pictures/hpt.ts';

const ORDER = 24;
const BYTES = 2 ** ORDER;
const ENTRIES = BYTES / 16;
const CHANGES = 200;

/** The table and its reverse map are in the memory that grow.ts adds. */
const BASE = (SCENARIOS[0]?.realBytes ?? 0) - 2 * BYTES;

let pictures = 0;

/** Entry `slot` as of picture `n`: valid or absent, bolted, locked, R and C by chance. */
function writeEntry({ hw }: Machine, slot: number, n: number): void {
  const chance = mix32(slot, n);
  const state = chance % 10 < 7 ? (chance % 10 === 6 ? 0x20n : 0x1n) : 0n;
  const soft = BigInt((chance >>> 8) & 0x16) | (chance % 997 === 0 ? 0x40n : 0n);
  hw.arena.write64(BASE + 16 * slot, state === 0n ? 0n : (BigInt(chance) << 12n) | state | soft);
  hw.arena.write64(BASE + 16 * slot + 8, (BigInt(chance) << 12n) | BigInt((chance >>> 4) & 0x180));
}

const { tables } = HptPicture.prototype;
HptPicture.prototype.tables = function (world, look, still) {
  const machine = world.loaded.machine as Machine;
  const vm = machine.k.kvm.vms[0];
  if (!vm || vm.hpt_order === 0) return tables.call(this, world, look, still);
  if (pictures === 0) for (let slot = 0; slot < ENTRIES; slot++) writeEntry(machine, slot, 0);
  pictures++;
  for (let i = 0; i < CHANGES; i++) writeEntry(machine, mix32(pictures, i) % ENTRIES, pictures);
  const { hpt_base, hpt_order, revmap } = vm;
  Object.assign(vm, { hpt_base: BASE, hpt_order: ORDER, revmap: BASE + BYTES });
  const start = performance.now();
  const made = tables.call(this, world, look, still);
  performance.measure('hpt', { start });
  Object.assign(vm, { hpt_base, hpt_order, revmap });
  return made;
};
