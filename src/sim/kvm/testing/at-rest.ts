// A page table while no hcall is under way: locks are free, rings are closed, and every real entry is what the guest's
// entry says, with the host's page for the guest's.
import { HUGE_PAGE } from '../../host/memory.ts';
import type { Vm } from '../records.ts';
import type { Entry } from './entry-model.ts';
import type { World } from './world.ts';

const VALID = 1n;
const ABSENT = 0x20n;
const HVLOCK = 0x40n;
const LOCK = 1n << 63n;
const PRESENT = 1n << 32n;
const RC = 0x180n;
const PROTECTION = (1n << 63n) | (3n << 60n) | 0xe07n;
const SIZES: readonly [lp: bigint, bytes: bigint][] = [
  [0x01000n, 0x10000n],
  [0n, 0x1000000n],
];

/** True when a real address lies in a host page of one of the VM's memory slots. */
export const isGuestMemory = (vm: Vm, real: number): boolean =>
  vm.memslots.some(({ pages }) => pages.some((page) => real >= page && real < page + HUGE_PAGE));

/** Bytes of the page that an entry maps. */
function pageBytes({ v, r }: NonNullable<Entry>): bigint {
  if ((v & 4n) === 0n) return 0x1000n;
  return SIZES.find(([lp]) => (r & 0xf000n) === lp)?.[1] ?? 0n;
}

/** Guest real address of the page, and the host's, -1 when it is not memory. */
export function pageOf(vm: Vm, entry: NonNullable<Entry>): { guest: number; host: number } {
  const guest = Number(entry.r & 0x0ffffffffffff000n & ~(pageBytes(entry) - 1n));
  for (const { base_gfn, npages, pages } of vm.memslots) {
    const offset = guest - base_gfn * 4096;
    if (offset < 0 || offset >= npages * 4096) continue;
    return { guest, host: (pages[Math.floor(offset / HUGE_PAGE)] ?? -1) + (offset % HUGE_PAGE) };
  }
  return { guest, host: -1 };
}

/** WIMG of a real entry of memory: as the guest wants it if cacheable, else W, I and G off and M on. */
function wimgOf(r: bigint): bigint {
  const wimg = r & 0x78n;
  return wimg === 0x10n || wimg === 0x70n ? wimg : (r & ~0x68n & 0x78n) | 0x10n;
}

/** What is wrong with the VM's table, given the guest's entries; `unmapped`: entries of slot 1 may be absent. */
export function atRest(
  world: World,
  entries: ReadonlyMap<number, Entry>,
  unmapped: boolean,
): string[] {
  const { vm } = world;
  const broken: string[] = [];
  const rings = new Map<number, number[]>();
  for (const [index, entry] of entries) {
    broken.push(...entryAtRest(world, index, entry, unmapped));
    if (entry === null || !isValid(world, index)) continue;
    const { guest } = pageOf(vm, entry);
    rings.set(guest, [...(rings.get(guest) ?? []), index]);
  }
  for (const [guest, members] of rings) broken.push(...ringAtRest(world, guest, members));
  if (vm.tlbie_lock !== -1) broken.push(`tlbie_lock is held by thread ${vm.tlbie_lock}`);
  if (vm.srcu !== 0) broken.push(`${vm.srcu} readers of the memory slots`);
  return broken;
}

const isValid = ({ k, vm }: World, index: number): boolean =>
  (k.hw.arena.read64(vm.hpt_base + 16 * index) & VALID) !== 0n;

function entryAtRest({ k, vm }: World, index: number, entry: Entry, unmapped: boolean): string[] {
  const at = vm.hpt_base + 16 * index;
  const [v, r] = [k.hw.arena.read64(at), k.hw.arena.read64(at + 8)];
  if ((v & HVLOCK) !== 0n) return [`HPTE ${index} is locked`];
  if (entry === null) return v === 0n ? [] : [`HPTE ${index} is ${v.toString(16)}, not free`];
  const { host, guest } = pageOf(vm, entry);
  const state = v & (VALID | ABSENT);
  if (state === ABSENT) {
    const may = host < 0 || (unmapped && guest >= 0x1000000);
    return may ? [] : [`HPTE ${index} of a page of memory is absent`];
  }
  if (state !== VALID || host < 0) return [`HPTE ${index} is in state ${state}`];
  const b = k.hw.model.version === '3.0' ? 3n << 58n : 0n;
  const real = Number(r & 0x0ffffffffffff000n & ~b & ~(pageBytes(entry) - 1n));
  const wrong = [
    real !== host && `maps ${real.toString(16)} instead of ${host.toString(16)}`,
    (r & PROTECTION) !== (entry.r & PROTECTION) && 'has another protection than the guest gave it',
    (r & 0x78n) !== wimgOf(entry.r) && 'has a wrong WIMG',
    (r & RC & ~entry.r) !== 0n && 'has R or C that the guest does not see',
  ];
  return wrong.flatMap((why) => (why === false ? [] : [`HPTE ${index} ${why}`]));
}

/** The ring of a guest page must hold exactly these entries, both ways round. */
function ringAtRest({ k, vm }: World, guest: number, members: readonly number[]): string[] {
  const slot = vm.memslots.find(
    ({ base_gfn, npages }) => guest / 4096 >= base_gfn && guest / 4096 < base_gfn + npages,
  );
  const word = k.hw.arena.read64((slot?.rmap ?? 0) + 8 * (guest / 4096 - (slot?.base_gfn ?? 0)));
  if ((word & LOCK) !== 0n) return [`the rmap word of page ${guest.toString(16)} is locked`];
  if ((word & PRESENT) === 0n) return [`page ${guest.toString(16)} has no ring`];
  const head = Number(word & 0xffffffffn);
  const found: number[] = [];
  for (let at = head; found.length <= members.length; ) {
    found.push(at);
    const forw = k.hw.arena.read32(vm.revmap + 16 * at + 8);
    if (k.hw.arena.read32(vm.revmap + 16 * forw + 12) !== at)
      return [`HPTE ${forw} is behind ${at} in a ring, but not ${at} before it`];
    if (forw === head) break;
    at = forw;
  }
  const same = found.toSorted((a, b) => a - b).join() === members.toSorted((a, b) => a - b).join();
  return same ? [] : [`the ring of page ${guest.toString(16)} has ${found}, not ${members}`];
}
