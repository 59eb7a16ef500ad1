// What the page asks of the machine.
import type { Grain, ImageFile, Inject, PageSpec } from '../workers/protocol.ts';

/** What the user can make the machine do. Nothing is returned: results arrive as frames and notices. */
export interface Actions {
  open(fragment: string): void;
  load(spec: PageSpec): void;
  /**
   * Assembles `source` (null: the scenario's program) and restarts; `stops` are lines with breakpoints. A text with
   * mistakes is not sent: they are shown.
   */
  setProgram(source: string | null, stops: readonly number[]): void;
  setImage(file: ImageFile): void;
  setBreakpoint(address: bigint, on: boolean): void;
  setPatch(id: string, on: boolean): void;
  reset(): void;
  /** `speed`: steps per second, 0 = as fast as it goes; left out: what the user has set. */
  run(speed?: number): void;
  pause(): void;
  step(grain: Grain, direction: 1 | -1, count?: number): void;
  goto(step: number): void;
  inject(input: Inject): void;
  selectBranch(id: number): void;
  renameBranch(id: number, name: string): void;
  undo(): void;
  redo(): void;
}
