// Where a load of a page must go, by the guest's entries alone, against what the modelled hardware finds in the table.
import { Access } from '../../engine/api.ts';
import { explainWalk } from '../../hardware/mmu/walk.ts';
import { pageOf } from './at-rest.ts';
import type { Entry } from './entry-model.ts';
import { type Page, PTEGS } from './storm-calls.ts';
import type { World } from './world.ts';

/** B, AVPN and L of doubleword 0: what names the page. */
const NAME = (3n << 62n) | 0x3fffffffffffff80n | 4n;
const SECONDARY = 2n;
const ABSENT = 0x20n;
/** PP0 and PP with which a load with key 0 is allowed. */
const READABLE = [0, 1, 2, 3, 6];

/** Host address of the page, -1 when the guest gets an interrupt: the first entry of its two groups that names it. */
function expected({ k, vm }: World, page: Page, entries: ReadonlyMap<number, Entry>): number {
  for (const [n, pteg] of PTEGS.entries()) {
    for (let index = pteg * 8; index < pteg * 8 + 8; index++) {
      const entry = entries.get(index);
      if (!entry || (entry.v & NAME) !== (page.v & NAME)) continue;
      if (((entry.v & SECONDARY) !== 0n) !== (n === 1)) continue;
      // Absent entries are not for hardware, which goes on; which may be absent is not asked here (at-rest.ts).
      if ((k.hw.arena.read64(vm.hpt_base + 16 * index) & ABSENT) !== 0n) continue;
      const { host } = pageOf(vm, entry);
      const pp = Number((entry.r & 3n) | ((entry.r >> 63n) << 2n));
      return READABLE.includes(pp) ? host : -1;
    }
  }
  return -1;
}

/** What is wrong with the translation of a page, whose segment the thread has in its SLB; '' when nothing is. */
export function wrongTranslation(
  world: World,
  thread: number,
  page: Page,
  entries: ReadonlyMap<number, Entry>,
): string {
  const { result } = explainWalk(world.k.hw, thread, page.ea, Access.load, false);
  const found = result.kind === 'page' ? result.real : -1;
  const wanted = expected(world, page, entries);
  if (found === wanted) return '';
  return `page ${page.ea.toString(16)} is translated to ${found.toString(16)}, not to ${wanted.toString(16)}`;
}
