// The frame loop: one animation-frame loop that pulls at most one frame from the worker at a time, asks only for
// what is visible, gives buffers back, and sleeps when the picture is current and nothing runs.
import { decodeSection } from '../../workers/client.ts';
import type { Frame, Pull, Status } from '../../workers/protocol.ts';
import type { Section, SectionName } from '../../workers/sections.ts';
import { irqPlaceOf } from '../entity.ts';
import { runsFast, type UiState, uiStore, type ViewId } from '../store.ts';

/** Sections a view draws; the shell itself draws the history and the checks, and tokens come from the machine. */
const DRAWN: Readonly<Record<ViewId, readonly SectionName[]>> = {
  machine: [],
  doorbells: ['doorbells'],
  code: ['code'],
  inspector: ['inspect'],
  console: ['log'],
  checks: [],
  program: ['program'],
  hpt: ['hpt'],
  interrupts: ['interrupts'],
};
const ALWAYS: readonly SectionName[] = ['machine', 'history', 'checks'];
/** Sections that show the focus: a copy for another focus is worth nothing. */
const FOCUSED: readonly SectionName[] = ['code', 'insn', 'inspect', 'program'];

const EVENTS_WANTED = 400;
const BINS = 320;

/** The views on the screen: three in the wide layout, one otherwise. */
export function visibleViews(
  s: Pick<UiState, 'narrow' | 'embed' | 'view' | 'centre'>,
): readonly ViewId[] {
  return s.narrow || s.embed ? [s.view] : ['machine', s.centre, 'inspector'];
}

/** The sections to ask for. */
export function wantedSections(
  s: Pick<UiState, 'narrow' | 'embed' | 'view' | 'centre' | 'insn' | 'focus'>,
): readonly SectionName[] {
  const views = visibleViews(s);
  const drawn = new Set([...ALWAYS, ...views.flatMap((view) => DRAWN[view])]);
  if (s.insn !== '' && views.includes('code')) drawn.add('insn');
  if (irqPlaceOf(s.focus)) drawn.add('interrupts'); // the inject menu offers what its source can do
  return [...drawn];
}

/**
 * The section for picture number `n` of a fast run: by turns the machine and one of the others. Nobody reads numbers
 * that change 60 times a second, and drawing all of them would cost more than the time between two pictures.
 */
export function sectionInTurn(wanted: readonly SectionName[], n: number): SectionName | undefined {
  const others = wanted.filter((name) => name !== 'machine');
  return n % 2 === 0 ? 'machine' : others[((n - 1) / 2) % others.length];
}

/** What the page had done when it asked for a frame: commands and selections so far, commands unanswered. */
interface Asked {
  readonly changes: number;
  readonly pending: number;
  /** All sections that are drawn were asked for. */
  readonly whole: boolean;
}

/** Whether a frame asked for at `asked` shows the latest state at rest. */
export function isIdle(status: Status, asked: Asked, now: Omit<Asked, 'whole'>): boolean {
  const current = asked.pending === 0 && now.pending === 0 && asked.changes === now.changes;
  return current && asked.whole && !status.running && status.busy === '';
}

export interface FrameLoop {
  /** Something changed (a command, the focus, a view): a new picture is needed. */
  wake(): void;
  stop(): void;
}

/** Starts the loop on the port given to the worker by connectFrames. */
export function startFrames(port: MessagePort): FrameLoop {
  let held: Partial<Record<SectionName, number>> = {};
  let heldFocus = '';
  let heldHpt: UiState['hpt'] | null = null;
  let catalogue = uiStore.getState().catalogue;
  let back: ArrayBuffer[] = [];
  let changes = 0;
  let asked: Asked | null = null;
  let turn = 0;
  let scheduled = 0;

  const pull = () => {
    scheduled = 0;
    if (asked) return;
    const s = uiStore.getState();
    if (s.catalogue !== catalogue) held = {};
    const lookedAt = `${s.focus} ${s.insn}`;
    if (lookedAt !== heldFocus) for (const name of FOCUSED) delete held[name];
    if (s.hpt !== heldHpt) delete held.hpt;
    catalogue = s.catalogue;
    heldFocus = lookedAt;
    heldHpt = s.hpt;
    const whole = !runsFast(s);
    const wanted = wantedSections(s);
    const inTurn = sectionInTurn(wanted, turn++);
    const names = whole ? wanted : wanted.filter((name) => name === inTurn);
    const want = Object.fromEntries(names.map((name) => [name, held[name] ?? -1]));
    const message: Pull = {
      want,
      focus: s.focus,
      insn: s.insn,
      hpt: visibleViews(s).includes('hpt') ? s.hpt : null,
      eventsWanted: EVENTS_WANTED,
      bins: BINS,
      back,
    };
    asked = { changes, pending: s.pending, whole };
    port.postMessage(message, back);
    back = [];
  };

  const schedule = () => {
    if (scheduled || asked || document.hidden) return;
    scheduled = requestAnimationFrame(pull);
  };

  port.onmessage = (event: MessageEvent<Frame>) => {
    const { status, sections } = event.data;
    const s = uiStore.getState();
    const fresh: Partial<Record<SectionName, Section<SectionName>>> = {};
    for (const [key, section] of Object.entries(sections)) {
      const name = key as SectionName;
      fresh[name] = decodeSection(name, section.tables);
      back.push(...Object.values(section.tables));
      // A frame asked for before a restart or for another focus must be asked for again.
      const looked = `${s.focus} ${s.insn}` === heldFocus && s.hpt === heldHpt;
      if (s.catalogue === catalogue && looked) held[name] = section.rev;
    }
    const now = { changes, pending: s.pending };
    const idle = asked !== null && isIdle(status, asked, now);
    asked = null;
    s.showFrame(status, fresh as UiState['sections'], idle);
    if (!idle) schedule();
  };

  const onVisibility = () => schedule();
  document.addEventListener('visibilitychange', onVisibility);
  schedule();
  return {
    wake: () => {
      changes++;
      schedule();
    },
    stop: () => {
      document.removeEventListener('visibilitychange', onVisibility);
      cancelAnimationFrame(scheduled);
      port.close();
    },
  };
}
