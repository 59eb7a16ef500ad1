// What the page and the worker say to each other: commands (Comlink) and the frame channel (a MessagePort that
// the page pulls on its animation frame). Everything here is plain, transferable data.
import type { AsmError } from '../sim/isa/assemble.ts';
import type { SprRow } from '../sim/isa/spr.ts';
import type { Window as HptWindow } from '../sim/machine/hpt-summary.ts';
import type { Action } from '../sim/machine/inputs.ts';
import type { ImageFile } from '../sim/scenario/guest-program.ts';
import type { LoadSpec } from '../sim/scenario/scenario.ts';
import type { Result, UserError } from '../sim/state/user-error.ts';
import type { SectionName } from './sections.ts';

/** Step grains, each with a backward twin (product.md, "Step grains"). */
export const GRAINS = ['instr', 'op', 'event', 'phase'] as const;
export type Grain = (typeof GRAINS)[number];

export type { Result, UserError };

/** An input a user injects: threads and vcpus by number over the whole machine. */
export type Inject = Action;

/** What identifies a machine, as the page holds it: the bytes of an image stay in the worker. */
export type PageSpec = Omit<LoadSpec, 'image'>;

export type { AsmError, HptWindow, ImageFile };

/** The guest's program. */
export interface ProgramText {
  readonly kind: 'scenario' | 'edited' | 'image';
  readonly format: 'assembly' | 'elf' | 'raw';
  /** Assembly text; of an image, the scenario's own that it replaces. */
  readonly source: string;
  /** Name of the image's file, else ''. */
  readonly file: string;
  readonly entry: bigint;
  /** Byte order and width at entry, in words. */
  readonly mode: string;
  /** Number of symbols that the image names. */
  readonly symbols: number;
  readonly segments: readonly {
    readonly address: number;
    readonly bytes: number;
    readonly size: number;
  }[];
  /** Guest address of each line of the text that makes instructions. */
  readonly lines: readonly { readonly address: bigint; readonly line: number }[];
}

/** Static text sent once per load; frames carry indices into it. */
export interface Catalogue {
  readonly spec: PageSpec;
  readonly program: ProgramText;
  readonly scenarios: readonly {
    id: string;
    title: string;
    summary: string;
    variants: readonly string[];
  }[];
  readonly patches: readonly {
    id: string;
    title: string;
    summary: string;
    commit: string;
    /** Release that mends this historic mistake, '' for a change of its own. */
    fixed: string;
    /** The scenario is about it. */
    own: boolean;
    /** Fragment of the link to a machine in which the mistake is seen, '' none. */
    shownBy: string;
    on: boolean;
  }[];
  /** Names for several patches that are off together. */
  readonly presets: readonly { id: string; title: string; off: readonly string[] }[];
  readonly routines: readonly RoutineText[];
  readonly topology: {
    readonly cpu: string;
    readonly cores: number;
    readonly threadsPerCore: number;
    /** The CPU has directed privileged doorbells. */
    readonly doorbells: boolean;
    /** A vcore runs as a whole, on one core (until POWER8). */
    readonly wholeVcores: boolean;
    readonly vms: readonly {
      id: number;
      name: string;
      lpid: number;
      virtualSmt: number;
      vcpus: number;
    }[];
  };
  /** Special-purpose registers with their bit fields. */
  readonly sprs: readonly SprRow[];
  /** Names of event kinds with sentence templates and the cross/phase marks. */
  readonly eventKinds: readonly { name: string; text: string; cross: boolean; phase: boolean }[];
  /** Entities that can be focused, for palettes and the inspector's list. */
  readonly entities: readonly { path: string; title: string }[];
}

export interface RoutineText {
  readonly name: string; // kernel function or assembly label
  readonly source: string; // file it models
  readonly mode: 'user' | 'virtual' | 'real';
  readonly about: string;
  readonly steps: readonly StepText[];
}
export interface StepText {
  readonly label: string;
  readonly title: string;
  readonly mode: 'user' | 'virtual' | 'real';
  readonly cost: number; // illustrative model cycles
  /** Patch diff: 'same', or a step only with the patch on ('+') / only with it off ('-'), and which patch. */
  readonly diff: 'same' | '+' | '-';
  readonly patch: string;
  /** False: not in the running step list (shown struck out as the other side of the diff). */
  readonly live: boolean;
}

/** Who stands before an instruction with a breakpoint: entity paths, and 'main+0x10 on thread 2'. */
export interface BreakpointHit {
  readonly thread: string;
  readonly vcpu: string;
  readonly text: string;
}

/** Where the machine is; part of every frame. */
export interface Status {
  readonly branch: number;
  readonly branchName: string;
  readonly step: number;
  readonly end: number; // furthest step known on this branch
  readonly cycle: number;
  readonly tb: number;
  readonly running: boolean;
  readonly speed: number; // steps per second asked for, Infinity as 0
  readonly rate: number; // steps per second achieved
  /** '' while it can go on; else why not: 'powered off', 'quiescent', 'step limit', or how the guest stopped. */
  readonly ended: string;
  readonly busy: string; // progress text of a long operation ('going to step 812,004 …'), '' if none
  readonly progress: number; // 0..1 of it
  /** One sentence for the live region: what the last step did. */
  readonly sentence: string;
  readonly violations: number;
  readonly link: string; // fragment (without '#') that reproduces this position
  /** What the link cannot carry, '' when it is complete. */
  readonly linkLacks: string;
  /** At rest where the next step executes an instruction with a breakpoint; null elsewhere. */
  readonly breakpoint: BreakpointHit | null;
  readonly error: UserError | null;
}

/** What the HPT view looks at. */
export interface HptLook {
  /** VM, from 1. */
  readonly vm: number;
  /** Cells of the map that are visible. */
  readonly window: HptWindow;
  /** Entry looked at (PTEG * 8 + slot), -1 = none. */
  readonly slot: number;
  /** Entries looked for: by an address in their page (real, or as the guest sees it), by AVPN, or all in use. */
  readonly find: { readonly by: 'ra' | 'gra' | 'avpn' | 'used'; readonly value: bigint } | null;
  /** Thread or vcpu whose SLB, TLB and walks are shown. */
  readonly thread: string;
  /** The walk that is explained. */
  readonly walk: WalkLook | null;
}

/** Accesses, by the number that the hardware layer gives them. */
export const ACCESSES = ['load', 'store', 'fetch'] as const;
export type AccessName = (typeof ACCESSES)[number];

/** A walk of a typed address, or of what a thread did last or fetches next. */
export type WalkLook =
  | { readonly of: 'ea'; readonly ea: bigint; readonly access: AccessName }
  | { readonly of: 'last' | 'next' };

/** What the page looks at; sections not listed are not built. `seen` = revision it already holds. */
export interface Pull {
  readonly want: Readonly<Partial<Record<SectionName, number>>>;
  readonly focus: string; // entity path
  /** Guest instruction looked at: 'next' = the one that the focus executes next, an address in hexadecimal, '' = none. */
  readonly insn: string;
  /** null: the page shows no HPT. */
  readonly hpt: HptLook | null;
  readonly eventsWanted: number;
  readonly bins: number; // scrubber bins
  /** Buffers of earlier frames, given back for reuse. */
  readonly back: readonly ArrayBuffer[];
}

export interface Frame {
  readonly status: Status;
  /** Encoded tables of the sections that changed, by section and table name. */
  readonly sections: Readonly<
    Partial<Record<SectionName, { rev: number; tables: Readonly<Record<string, ArrayBuffer>> }>>
  >;
}

/** What undo or redo did, and the machine that is there now. */
export interface Undone {
  readonly text: string;
  readonly catalogue: Catalogue;
}

/** Commands. Every one leaves the running work as it was when it fails. */
export interface Commands {
  // A command may answer later: what takes long runs in slices and shows its progress in the frames.
  /** Starts from a link's fragment ('' = the default scenario). A wrong hash is reported, the position kept. */
  open(fragment: string): Promise<Result<Catalogue>>;
  load(spec: PageSpec): Promise<Result<Catalogue>>;
  /** Every scenario of the list: a catalogue has those that were fetched before it. */
  scenarios(): Promise<Result<Catalogue['scenarios']>>;
  /**
   * Makes the machine anew with another program; CPU, patches, seed and inputs stay. null: the scenario's own.
   * `stops`: lines of the text at which runs stop. A program that cannot be loaded changes nothing.
   */
  setProgram(source: string | null, stops: readonly number[]): Promise<Result<Catalogue>>;
  /** The same with an ELF file or raw bytes. */
  setImage(file: ImageFile): Promise<Result<Catalogue>>;
  /** The mistakes in a text; nothing is loaded. */
  check(source: string): readonly AsmError[];
  /** Every mnemonic that the assembler knows. */
  mnemonics(): readonly string[];
  /** A run stops before the instruction at this guest address. No part of the machine's state. */
  setBreakpoint(address: bigint, on: boolean): Result<null>;
  /** Switches a patch or a preset; the machine restarts and runs to the same model cycle with the same inputs. */
  setPatch(id: string, on: boolean): Promise<Result<Catalogue>>;
  reset(): Promise<Result<Catalogue>>;
  run(stepsPerSecond: number): void;
  pause(): void;
  step(grain: Grain, direction: 1 | -1, count: number): Promise<Result<null>>;
  goto(step: number): Promise<Result<null>>;
  /** Applies an input now; in the past it forks a branch. The text says what was done. */
  inject(input: Inject): Promise<Result<string>>;
  selectBranch(id: number): Promise<Result<null>>;
  renameBranch(id: number, name: string): Result<null>;
  /** Undo / redo of injections, forks, patch switches, programs and jumps. */
  undo(): Promise<Result<Undone>>;
  redo(): Promise<Result<Undone>>;
  /** 16 hex digits: hash of the machine at this position. */
  hash(): string;
  /** Gives the worker the port on which the page will pull frames: send `Pull`, receive `Frame`. */
  connectFrames(port: MessagePort): void;
}

/** The worker's commands as the page sees them: every answer is a promise. */
export type RemoteCommands = {
  readonly [K in keyof Commands]: (
    ...args: Parameters<Commands[K]>
  ) => Promise<Awaited<ReturnType<Commands[K]>>>;
};
