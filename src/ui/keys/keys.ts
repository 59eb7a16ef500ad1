// The keyboard: one table, from which come the handlers, the labels on the buttons and the help.
import type { Grain } from '../../workers/protocol.ts';
import { type UiState, VIEWS, type ViewId } from '../store.ts';

/** Groups of the help's key list. */
export const KEY_GROUPS = ['Run and step', 'Views', 'Act', 'Page'] as const;
export type KeyGroup = (typeof KEY_GROUPS)[number];

export interface KeyRow {
  readonly group: KeyGroup;
  /** Bindings in the notation of tinykeys. */
  readonly keys: readonly string[];
  /** As shown on buttons and in the help. */
  readonly shown: string;
  readonly does: string;
  /** A single key or Shift and a key: can be turned off. */
  readonly single: boolean;
  /** Repeats while held (steps); anything else acts once per press. */
  readonly repeats: boolean;
  run(s: UiState, page: PageActions): void;
}

/** What keys do outside the store. */
export interface PageActions {
  fullScreen(): void;
  copyLink(): void;
  showView(index: number): void;
}

type Extra = Partial<Pick<KeyRow, 'single' | 'repeats'>>;
const row = (
  group: KeyGroup,
  keys: readonly string[],
  shown: string,
  does: string,
  run: KeyRow['run'],
  { single = true, repeats = false }: Extra = {},
): KeyRow => ({ group, keys, shown, does, single, repeats, run });

/** Keys of the step grains: back, forward, and how buttons and help show them. */
export const STEP_KEYS: Readonly<
  Record<
    Grain,
    { readonly back: string; readonly on: string; readonly shown: readonly [string, string] }
  >
> = {
  instr: { back: 'Shift+ArrowLeft', on: 'Shift+ArrowRight', shown: ['⇧←', '⇧→'] },
  op: { back: ',', on: '.', shown: [',', '.'] },
  event: { back: 'ArrowLeft', on: 'ArrowRight', shown: ['←', '→'] },
  phase: { back: 'PageUp', on: 'PageDown', shown: ['PgUp', 'PgDn'] },
};

/** What a step of each grain goes to. */
export const GRAIN_WORDS: Readonly<Record<Grain, string>> = {
  instr: 'one instruction or one hypervisor step',
  op: 'one labelled hypervisor routine',
  event: 'next event between agents: doorbell, IPI, hcall, interrupt',
  phase: 'next guest entry, guest exit or partition switch',
};

const steps = (['instr', 'op', 'event', 'phase'] as const).flatMap((grain) => {
  const { back, on, shown } = STEP_KEYS[grain];
  return [
    row(
      'Run and step',
      [on],
      shown[1],
      `${grain} forward: ${GRAIN_WORDS[grain]}`,
      (s) => s.send.step(grain, 1),
      { repeats: true },
    ),
    row('Run and step', [back], shown[0], `${grain} back`, (s) => s.send.step(grain, -1), {
      repeats: true,
    }),
  ];
});

const larger = (by: number) => (s: UiState) => s.setScale(Math.round((s.scale + by) * 100) / 100);
const SCALE_STEP = 0.125;
/** What the theme key and button go to. */
export const NEXT_THEME = { auto: 'dark', dark: 'light', light: 'auto' } as const;

/** Starts or stops the run; at the end of everything it says so by the worker's answer. */
export const toggleRun = (s: UiState): void => (s.status?.running ? s.send.pause() : s.send.run());

/** Opens the inject dialog for the focus, in the middle of the window. */
const injectAtFocus = (s: UiState): void => s.openInject(s.focus, -1, -1);

/** Views whose name is not their id. */
const VIEW_WORDS: Partial<Readonly<Record<ViewId, string>>> = {
  code: 'code path',
  hpt: 'page table (HPT)',
};

export const KEYS: readonly KeyRow[] = [
  row('Run and step', ['Space'], 'Space', 'run or pause', toggleRun),
  ...steps,
  row('Run and step', ['Home'], 'Home', 'to the start', (s) => s.send.goto(0)),
  row('Run and step', ['End'], 'End', 'to the end of what has been run', (s) =>
    s.send.goto(s.status?.end ?? 0),
  ),
  row('Run and step', ['g'], 'g', 'go to a step', (s) => s.setDialog('goto')),
  ...VIEWS.map((view, i) =>
    row('Views', [`${i + 1}`], `${i + 1}`, `show ${VIEW_WORDS[view] ?? view}`, (_, p) =>
      p.showView(i),
    ),
  ),
  row('Act', ['i'], 'i', 'inject an event at the focus', injectAtFocus),
  row('Act', ['b'], 'b', 'branches', (s) => s.setDialog('branches')),
  row(
    'Act',
    ['$mod+z'],
    'Ctrl/Cmd+Z',
    'undo injection, fork, patch switch, program or jump',
    (s) => s.send.undo(),
    {
      single: false,
    },
  ),
  row('Act', ['$mod+Shift+z'], 'Ctrl/Cmd+⇧Z', 'redo', (s) => s.send.redo(), { single: false }),
  row('Act', ['l'], 'l', 'copy the link to this position', (_, p) => p.copyLink()),
  row('Page', ['f'], 'f', 'full screen', (_, p) => p.fullScreen()),
  row('Page', ['Shift+D'], '⇧D', 'dark, light or as the system', (s) =>
    s.setTheme(NEXT_THEME[s.theme]),
  ),
  row('Page', ['+', 'Shift++', '='], '+', 'larger', larger(SCALE_STEP)),
  row('Page', ['-'], '-', 'smaller', larger(-SCALE_STEP)),
  row('Page', ['?', 'Shift+?'], '?', 'this help', (s) => s.setDialog('help')),
  row('Page', ['Escape'], 'Esc', 'leave a view or button, dismiss messages', (s) =>
    s.dismiss('all'),
  ),
];
