// The page's state: the last frame, the selection and the layout; never machine state. Views read it with useUi
// and act through `send`, which wraps the worker's commands and turns their errors into notices.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type {
  AsmError,
  Catalogue,
  HptLook,
  RemoteCommands,
  Result,
  Status,
  Undone,
  UserError,
} from '../workers/protocol.ts';
import type { Section, SectionName } from '../workers/sections.ts';
import type { Actions } from './actions.ts';
import { hpteOf, isTranslator, whereItHappens } from './entity.ts';

/** All views, in the order of their keys 1 to 9. */
export const VIEWS = [
  'machine',
  'doorbells',
  'code',
  'inspector',
  'console',
  'checks',
  'program',
  'hpt',
  'interrupts',
] as const;
export type ViewId = (typeof VIEWS)[number];
export type CentreView = Exclude<ViewId, 'machine' | 'inspector'>;
/** Views that share the centre of the desktop layout as tabs. */
export const CENTRE_VIEWS: readonly CentreView[] = VIEWS.filter(
  (view) => view !== 'machine' && view !== 'inspector',
);

export type Theme = 'auto' | 'light' | 'dark';
export type Dialog = 'none' | 'help' | 'goto' | 'branches' | 'patches';

/** A dismissible message: 'error' is announced at once, 'info' politely. */
export interface Notice {
  readonly id: number;
  readonly kind: 'error' | 'info';
  readonly text: string;
  readonly hint: string;
}

/** The inject menu: the entity it is about and where it opens (viewport pixels). */
export interface InjectAt {
  readonly path: string;
  readonly x: number;
  readonly y: number;
}

/** Decoded sections of the last frames; a section stays until a newer revision comes. */
export type Sections = { readonly [N in SectionName]?: Section<N> };

export interface UiState {
  readonly catalogue: Catalogue | null;
  readonly status: Status | null;
  readonly sections: Sections;
  /** Entity path the user looks at ('core0/t1', 'vm1/vcpu2', 'fn/kvmppc_run_vcpu'). */
  readonly focus: string;
  /** Guest instruction that is explained: 'next' = the one the focus executes next, an address in hexadecimal, '' = none. */
  readonly insn: string;
  /** Text of the program as edited and not yet assembled; null: nothing is edited. */
  readonly draft: string | null;
  /** The assembler's mistakes in the text as it was looked at last. */
  readonly mistakes: readonly AsmError[];
  /** What the HPT view looks at. */
  readonly hpt: HptLook;
  /** Entity path under the pointer or the roving focus, '' if none: outlined in every view. */
  readonly hover: string;
  readonly view: ViewId;
  readonly centre: CentreView;
  /** Steps per second asked for; 0 = as fast as it goes. */
  readonly speed: number;
  /** One view at a time: the window is narrow. */
  readonly narrow: boolean;
  /** One view and the transport, inside another page. */
  readonly embed: boolean;
  readonly theme: Theme;
  readonly scale: number;
  /** Single-key shortcuts are on. */
  readonly keys: boolean;
  readonly dialog: Dialog;
  readonly injectAt: InjectAt | null;
  readonly notices: readonly Notice[];
  /** Commands sent and not yet answered. */
  readonly pending: number;
  /** A scenario has been opened at its beginning and not been touched yet: the page says what it shows. */
  readonly introduces: boolean;
  /** The picture shows the state after the last command, and nothing runs. */
  readonly idle: boolean;
  /** The worker has died; the text says how. '' while it lives. */
  readonly crashed: string;

  setFocus(path: string): void;
  setHover(path: string): void;
  setInsn(insn: string): void;
  setDraft(text: string | null): void;
  lookAtHpt(part: Partial<HptLook>): void;
  setMistakes(mistakes: readonly AsmError[]): void;
  setView(view: ViewId): void;
  setSpeed(stepsPerSecond: number): void;
  setTheme(theme: Theme): void;
  setScale(scale: number): void;
  setKeys(on: boolean): void;
  setNarrow(narrow: boolean): void;
  setDialog(dialog: Dialog): void;
  openInject(path: string, x: number, y: number): void;
  closeInject(): void;
  notify(kind: Notice['kind'], text: string, hint?: string): void;
  dismiss(id: number | 'all'): void;
  /** A frame has come: what changed replaces the sections held. */
  showFrame(status: Status, fresh: Sections, idle: boolean): void;
  readonly send: Actions;
}

/** Steps per second above which moves and arrows would only flicker: about 20 events, one in ten steps being one. */
const FOLLOWABLE = 200;

/** It runs too fast to follow. */
export const runsFast = ({ status }: Pick<UiState, 'status'>): boolean =>
  status?.running === true && status.rate > FOLLOWABLE;

/** What the scenario that is open shows, '' before there is one. */
export const summaryOf = ({ catalogue }: UiState): string =>
  catalogue?.scenarios.find((s) => s.id === catalogue.spec.scenario)?.summary ?? '';

const SCALES = { least: 0.75, most: 2 } as const;
const MOST_NOTICES = 3;

let remote: RemoteCommands | null = null;
let wake: () => void = () => {};
let lastNotice = 0;
/** The last command was to run: when that ends at a breakpoint, the page looks at who stands there. */
let ran = false;
/** A scenario has been opened at its beginning: the first picture says where something happens. */
let arrived = false;

/** Gives the store the worker to send to (null: none), and the function that asks for a frame. */
export function attach(commands: RemoteCommands | null, requestFrame: () => void): void {
  remote = commands;
  wake = requestFrame;
}

export const uiStore = createStore<UiState>()((set, get) => ({
  catalogue: null,
  status: null,
  sections: {},
  focus: 'core0/t0',
  hover: '',
  insn: '',
  draft: null,
  hpt: {
    vm: 1,
    window: { level: 0, x: 0, y: 0, w: 0, h: 0 },
    slot: -1,
    find: null,
    thread: 'core0/t0',
    walk: null,
  },
  mistakes: [],
  view: 'machine',
  centre: 'doorbells',
  speed: 50,
  narrow: false,
  embed: false,
  theme: 'auto',
  scale: 1,
  keys: true,
  dialog: 'none',
  injectAt: null,
  notices: [],
  pending: 0,
  introduces: false,
  idle: false,
  crashed: '',

  setFocus: (focus) => {
    const entry = hpteOf(focus);
    const hpt = { ...get().hpt, ...(entry ?? (isTranslator(focus) ? { thread: focus } : {})) };
    set({ focus, hpt, idle: false });
    wake();
  },
  setHover: (hover) => {
    if (get().hover !== hover) set({ hover });
  },
  setInsn: (insn) => {
    set({ insn, idle: false });
    wake();
  },
  setDraft: (text) => set({ draft: text === get().catalogue?.program.source ? null : text }),
  setMistakes: (mistakes) => set({ mistakes }),
  lookAtHpt: (part) => {
    set({ hpt: { ...get().hpt, ...part }, idle: false });
    wake();
  },
  setView: (view) => {
    const centre = CENTRE_VIEWS.find((v) => v === view);
    set(centre ? { view, centre, idle: false } : { view, idle: false });
    wake();
  },
  setSpeed: (speed) => {
    set({ speed });
    if (get().status?.running) get().send.run();
  },
  setTheme: (theme) => set({ theme }),
  setScale: (scale) => set({ scale: Math.min(SCALES.most, Math.max(SCALES.least, scale)) }),
  setKeys: (keys) => set({ keys }),
  setNarrow: (narrow) => {
    set({ narrow, idle: false });
    wake();
  },
  setDialog: (dialog) => set({ dialog }),
  openInject: (path, x, y) => set({ injectAt: { path, x, y } }),
  closeInject: () => set({ injectAt: null }),
  notify: (kind, text, hint = '') => {
    const kept = get().notices.filter((n) => n.kind === 'error' && n.text !== text);
    set({ notices: [...kept, { id: ++lastNotice, kind, text, hint }].slice(-MOST_NOTICES) });
  },
  showFrame: (status, fresh, idle) => {
    const before = get().status?.error;
    set({ status, sections: { ...get().sections, ...fresh }, idle });
    if (status.error && status.error.message !== before?.message) showError(status.error);
    if (idle && arrived) {
      arrived = false;
      const { focus, catalogue, sections, setFocus } = get();
      const there = catalogue ? whereItHappens(focus, sections.machine, catalogue) : focus;
      if (there !== focus) setFocus(there);
    }
    if (idle && ran) {
      ran = false;
      const { breakpoint } = status;
      const seen = breakpoint && [breakpoint.thread, breakpoint.vcpu].includes(get().focus);
      if (breakpoint && !seen) get().setFocus(breakpoint.vcpu);
    }
  },
  dismiss: (id) => set({ notices: get().notices.filter((n) => id !== 'all' && n.id !== id) }),

  send: {
    open: (fragment) =>
      command(
        (c) => c.open(fragment),
        hasPosition(fragment) ? showCatalogue : introduce,
        () => {
          // A bad link in a fresh page: say so, and show the default scenario instead of nothing.
          if (!get().catalogue && fragment !== '') get().send.open('');
        },
      ),
    load: (spec) => command((c) => c.load(spec), introduce),
    setProgram: (source, stops) =>
      command(
        async (c): Promise<Result<Catalogue | null>> => {
          const mistakes = source === null ? [] : await c.check(source);
          if (source !== null) set({ mistakes });
          return mistakes.length > 0 ? accepted() : c.setProgram(source, stops);
        },
        (catalogue) => {
          if (!catalogue) return get().notify('info', 'Not assembled: the program has mistakes.');
          // What was typed meanwhile stays.
          if (source === null || get().draft === source) set({ draft: null });
          showCatalogue(catalogue);
        },
      ),
    setImage: (file) => command((c) => c.setImage(file), showCatalogue),
    setBreakpoint: (address, on) => command((c) => c.setBreakpoint(address, on)),
    setPatch: (id, on) => command((c) => c.setPatch(id, on), showCatalogue),
    reset: () => command((c) => c.reset(), introduce),
    run: (speed = get().speed) => {
      command((c) => c.run(speed).then(accepted));
      ran = true;
    },
    pause: () => command((c) => c.pause().then(accepted)),
    step: (grain, direction, count = 1) => command((c) => c.step(grain, direction, count)),
    goto: (step) => command((c) => c.goto(step)),
    inject: (input) => command((c) => c.inject(input), showText),
    selectBranch: (id) => command((c) => c.selectBranch(id)),
    renameBranch: (id, name) => command((c) => c.renameBranch(id, name)),
    undo: () => command((c) => c.undo(), showUndone),
    redo: () => command((c) => c.redo(), showUndone),
  },
}));

function showCatalogue(catalogue: Catalogue): void {
  const { centre, view } = uiStore.getState();
  // On a CPU without doorbells the centre begins with something to see, unless they were asked for.
  const empty = centre === 'doorbells' && view !== 'doorbells' && !catalogue.topology.doorbells;
  uiStore.setState(empty ? { catalogue, centre: 'code' } : { catalogue });
  uiStore.getState().setDraft(uiStore.getState().draft); // equal to the program it is no draft
}

/** The mistakes in a program text, as the worker's assembler finds them; none while there is no worker. */
export async function mistakesIn(source: string): Promise<readonly AsmError[]> {
  return (await remote?.check(source)) ?? [];
}

/** Every mnemonic of the assembler. */
export async function mnemonics(): Promise<readonly string[]> {
  return (await remote?.mnemonics()) ?? [];
}

/** Completes the list of scenarios. No command: the machine and its picture stay. */
export async function completeScenarios(): Promise<void> {
  const to = remote;
  const answer = await to?.scenarios();
  if (!answer || to !== remote) return;
  if (!answer.ok) return showError(answer.error);
  const { catalogue } = uiStore.getState();
  if (catalogue) uiStore.setState({ catalogue: { ...catalogue, scenarios: answer.value } });
}

/** A link that names a step is about that step, not about the scenario. */
const hasPosition = (fragment: string): boolean => new URLSearchParams(fragment).has('at');

function introduce(catalogue: Catalogue): void {
  arrived = true;
  showCatalogue(catalogue);
  uiStore.setState({ introduces: true });
}

function showText(text: string): void {
  uiStore.getState().notify('info', text);
}

function showUndone({ text, catalogue }: Undone): void {
  showCatalogue(catalogue);
  showText(text);
}

/** Shows a refused request or a user's mistake. */
export function showError(error: UserError): void {
  uiStore.getState().notify('error', error.message, error.hint);
}

/** Sends one command. Until its answer and a frame after it have come, the page is not idle. */
function command<T>(
  call: (commands: RemoteCommands) => Promise<Result<T>>,
  done: (value: T) => void = () => {},
  refused: () => void = () => {},
): void {
  const to = remote;
  if (!to) return;
  ran = false;
  arrived = false;
  uiStore.setState((s) => ({
    pending: s.pending + 1,
    idle: false,
    introduces: false,
    // What the command before this one reported is no longer news.
    notices: s.notices.filter((n) => n.kind === 'error'),
  }));
  wake();
  call(to)
    .then(
      (answer) => {
        if (answer.ok) return done(answer.value);
        showError(answer.error);
        refused();
      },
      (reason: unknown) => uiStore.setState({ crashed: String(reason) }),
    )
    .finally(() => {
      // An answer from a worker that has been replaced counts for nothing.
      if (to !== remote) return;
      uiStore.setState((s) => ({ pending: s.pending - 1 }));
      wake();
    });
}

/** The answer of commands that cannot be refused. */
const accepted = (): Result<null> => ({ ok: true, value: null });

/** Reads one thing from the page's state; the component renders again when it changes. */
export function useUi<T>(select: (s: UiState) => T): T {
  return useStore(uiStore, select);
}
