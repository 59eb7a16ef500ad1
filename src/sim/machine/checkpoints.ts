// Checkpoints of the arena as a tree of page deltas: a checkpoint holds the pages written since its parent.
import { PAGE } from '../engine/layout.ts';
import type { Arena } from '../engine/memory.ts';

/** One checkpoint. `payload` is the caller's own copy of everything outside the arena. */
export interface Checkpoint<P> {
  readonly branch: number;
  readonly step: number;
  parent: Checkpoint<P> | null;
  readonly pages: Map<number, number>;
  readonly payload: P;
}

/** Checkpoints kept before every second old one goes. */
const LIMIT = 384;
/** Pages per chunk of the pool. */
const CHUNK = 256;
const ZERO = new Uint8Array(PAGE);

/** All checkpoints of a machine over one arena. */
export class CheckpointTree<P> {
  private readonly arena: Arena;
  private readonly pool = new PagePool();
  private nodes: Checkpoint<P>[] = [];
  /** The checkpoint to which the arena's dirty pages are relative. */
  private basis: Checkpoint<P> | null = null;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  get count(): number {
    return this.nodes.length;
  }

  /** Takes a checkpoint of the arena as it is; replaces one of the same branch and step. */
  take(branch: number, step: number, payload: P): void {
    const pages = new Map<number, number>();
    for (const page of this.arena.dirtyPages()) pages.set(page, this.pool.store(this.arena, page));
    const node: Checkpoint<P> = { branch, step, parent: this.basis, pages, payload };
    this.arena.clearDirty();
    this.nodes = this.nodes.filter(
      (n) => n.branch !== branch || n.step !== step || this.hasChild(n),
    );
    this.nodes.push(node);
    this.basis = node;
    if (this.nodes.length > LIMIT) this.thin();
  }

  private hasChild(node: Checkpoint<P>): boolean {
    return this.basis === node || this.nodes.some((n) => n.parent === node);
  }

  /** The latest checkpoint at or before `step` on a path of branches, each with the last step that counts. */
  nearest(path: ReadonlyMap<number, number>, step: number): Checkpoint<P> {
    let best: Checkpoint<P> | null = null;
    for (const node of this.nodes) {
      const last = path.get(node.branch);
      if (last === undefined || node.step > Math.min(step, last)) continue;
      if (best === null || node.step >= best.step) best = node;
    }
    if (best === null) throw new Error('CheckpointTree: no checkpoint on this path');
    return best;
  }

  /** Puts the arena back to a checkpoint. */
  restore(target: Checkpoint<P>): void {
    const pages = new Set(this.arena.dirtyPages());
    const ancestors = new Set<Checkpoint<P>>();
    for (let n: Checkpoint<P> | null = target; n; n = n.parent) ancestors.add(n);
    let common = this.basis;
    for (; common && !ancestors.has(common); common = common.parent)
      for (const p of common.pages.keys()) pages.add(p);
    for (let n: Checkpoint<P> | null = target; n && n !== common; n = n.parent)
      for (const p of n.pages.keys()) pages.add(p);
    for (const page of pages) this.restorePage(target, page);
    this.arena.clearDirty();
    this.basis = target;
  }

  private restorePage(target: Checkpoint<P>, page: number): void {
    for (let n: Checkpoint<P> | null = target; n; n = n.parent) {
      const at = n.pages.get(page);
      if (at !== undefined) {
        this.pool.load(this.arena, page, at);
        return;
      }
    }
    this.arena.restorePage(page, ZERO, 0);
  }

  /** Forgets the checkpoints of a branch behind a step, and those at that step; the first one of all stays. */
  forget(branch: number, step: number): void {
    this.nodes = this.nodes.filter((n) => n.branch !== branch || n.step < step || !n.parent);
  }

  /** Drops every second checkpoint of the older three quarters; their pages move on to their children. */
  private thin(): void {
    const old = this.nodes.slice(1, Math.floor(this.nodes.length * 0.75));
    const doomed = new Set(old.filter((_, i) => i % 2 === 0).filter((n) => n !== this.basis));
    this.nodes = this.nodes.filter((n) => !doomed.has(n));
    for (const node of this.nodes) {
      while (node.parent && doomed.has(node.parent)) {
        for (const [page, at] of node.parent.pages)
          if (!node.pages.has(page)) node.pages.set(page, at);
        node.parent = node.parent.parent;
      }
    }
    this.pool.keep(this.reachable());
  }

  /** Pool slots in use, also by forgotten checkpoints that are still ancestors. */
  private reachable(): Set<number> {
    const slots = new Set<number>();
    const seen = new Set<Checkpoint<P>>();
    for (const node of [...this.nodes, ...(this.basis ? [this.basis] : [])]) {
      for (let n: Checkpoint<P> | null = node; n && !seen.has(n); n = n.parent) {
        seen.add(n);
        for (const at of n.pages.values()) slots.add(at);
      }
    }
    return slots;
  }
}

/** Pages in chunks, so that taking a checkpoint allocates next to nothing. */
class PagePool {
  private readonly chunks: Uint8Array[] = [];
  private free: number[] = [];
  private used = 0;

  store(arena: Arena, page: number): number {
    const slot = this.free.pop() ?? this.used++;
    const at = Math.floor(slot / CHUNK);
    const chunk = this.chunks[at] ?? new Uint8Array(CHUNK * PAGE);
    this.chunks[at] = chunk;
    arena.copyPage(page, chunk, (slot % CHUNK) * PAGE);
    return slot;
  }

  load(arena: Arena, page: number, slot: number): void {
    const chunk = this.chunks[Math.floor(slot / CHUNK)];
    if (!chunk) throw new Error(`PagePool: no page ${slot}`);
    arena.restorePage(page, chunk, (slot % CHUNK) * PAGE);
  }

  /** Frees all slots but these. */
  keep(slots: ReadonlySet<number>): void {
    this.free = [];
    for (let slot = 0; slot < this.used; slot++) if (!slots.has(slot)) this.free.push(slot);
  }
}
