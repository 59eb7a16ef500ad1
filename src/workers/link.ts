// The machine's part of a link: scenario, CPU, patches, seed, position, hash; the user's inputs and program, deflated.
// Unknown keys are ignored one by one; a wrong value is a located error. product.md, "Link, embed, messages".
import { readSwitches, writeSwitches } from '../sim/kvm/patch-sets.ts';
import { readChoices } from '../sim/machine/choices.ts';
import type { Action, Input } from '../sim/machine/inputs.ts';
import { CPU_KINDS, VCPU_KINDS } from '../sim/machine/vcpu-input.ts';
import type { LoadSpec } from '../sim/scenario/scenario.ts';
import { fail, type Result, succeed, type UserError } from '../sim/state/user-error.ts';
import { HPTE_EDITS } from '../sim/trace/hpt.ts';
import { IRQ_OPS } from '../sim/trace/irq.ts';
import { readBreakpoints, writeBreakpoints } from './breakpoints.ts';
import { DamagedText, deflateText, inflateText } from './deflate.ts';

/** What a link says. */
export interface LinkState {
  readonly spec: LoadSpec;
  /** null: the link has no position, the scenario's opening is meant. */
  readonly step: number | null;
  /** First 8 hex digits of the state hash, '' when the link has none. */
  readonly hash: string;
  /** User inputs with their index among all inputs. */
  readonly inputs: readonly { readonly index: number; readonly input: Input }[];
  /** Guest addresses before which a run stops. */
  readonly breakpoints: readonly bigint[];
  /** What the link is about and could not carry ('the file a.elf'), '' when it is complete. */
  readonly lost: string;
}

export const DEFAULT_SPEC: LoadSpec = {
  scenario: 'virt-doorbell',
  cpu: 'p9-dd23',
  off: [],
  seed: 0,
};
const MOST_INPUTS = 1000;
/** Inflated bytes that each part of a link may hold, the longest program included: a bomb is refused. */
const MOST_BYTES = 400_000;
/** Characters of a program in a link: what browsers, mail and chat let through. */
const MOST_PROGRAM = 16 * 1024;
const COPY_AGAIN = 'Copy the link again from where it came.';

const KINDS = [
  ...(['doorbell', 'exit', 'dec', 'hdec', 'preempt', 'hpte', 'irq'] as const),
  ...VCPU_KINDS,
  ...CPU_KINDS,
];
/** Bits of a source, and of a server above it. */
const SOURCE_RANGE = 2 ** 24;
const SERVER_RANGE = 2 ** 16;

type Packed = readonly [
  index: number,
  step: number,
  cycle: number,
  kind: number,
  a: number,
  b: number,
];

function pack({ index, input }: LinkState['inputs'][number]): Packed {
  const { action, step, cycle } = input;
  return [index, step, cycle, KINDS.indexOf(action.kind), ...operandsOf(action)];
}

/** The two numbers of an action. */
function operandsOf(action: Action): readonly [a: number, b: number] {
  switch (action.kind) {
    case 'doorbell':
      return [action.from, action.to];
    case 'dec':
      return [action.vcpu, 0];
    case 'hpte':
      return [action.slot, action.vm * HPTE_EDITS.length + HPTE_EDITS.indexOf(action.edit)];
    case 'irq': {
      const { vm, op, source, server, priority } = action;
      const route = source + SOURCE_RANGE * (server + SERVER_RANGE * priority);
      return [route, (vm + 1) * IRQ_OPS.length + IRQ_OPS.indexOf(op)];
    }
    default:
      return ['thread' in action ? action.thread : action.vcpu, 0];
  }
}

function actionOf(kind: (typeof KINDS)[number], a: number, b: number): Action {
  switch (kind) {
    case 'doorbell':
      return { kind, from: a, to: b };
    case 'dec':
    case 'signal':
    case 'prod':
    case 'external':
    case 'start':
      return { kind, vcpu: a };
    case 'hpte': {
      const edit = HPTE_EDITS[b % HPTE_EDITS.length] ?? 'invalidate';
      return { kind, vm: Math.floor(b / HPTE_EDITS.length), slot: a, edit };
    }
    case 'irq':
      return {
        kind,
        vm: Math.floor(b / IRQ_OPS.length) - 1,
        op: IRQ_OPS[b % IRQ_OPS.length] ?? 'trigger',
        source: a % SOURCE_RANGE,
        server: Math.floor(a / SOURCE_RANGE) % SERVER_RANGE,
        priority: Math.floor(a / SOURCE_RANGE / SERVER_RANGE),
      };
    default:
      return { kind, thread: a };
  }
}

function unpack(value: unknown): LinkState['inputs'][number] | null {
  if (!Array.isArray(value) || value.length !== 6 || !value.every((n) => Number.isSafeInteger(n)))
    return null;
  const [index, step, cycle, kindNo, a, b] = value as number[] as unknown as Packed;
  const kind = KINDS[kindNo];
  if (!kind || index < 0 || step < -1 || cycle < 0 || a < 0 || b < 0) return null;
  return { index, input: { step, cycle, user: true, action: actionOf(kind, a, b) } };
}

/** Text of the inputs for the `ev` key; '' when there are none. */
export async function encodeInputs(inputs: LinkState['inputs']): Promise<string> {
  return inputs.length === 0 ? '' : deflateText(JSON.stringify(inputs.map(pack)));
}

async function decodeInputs(text: string): Promise<Result<LinkState['inputs']>> {
  const bad = (why: string) =>
    fail('LINK_INPUTS', `The link's inputs (ev=) cannot be read: ${why}.`, COPY_AGAIN);
  try {
    const list: unknown = JSON.parse(await inflateText(text, MOST_BYTES));
    if (!Array.isArray(list) || list.length > MOST_INPUTS) return bad('not a list of inputs');
    const inputs = list.map(unpack);
    const wrong = inputs.indexOf(null);
    if (wrong >= 0) return bad(`input ${wrong + 1} is not valid`);
    return succeed(inputs.filter((input) => input !== null));
  } catch (error) {
    return bad(error instanceof DamagedText ? error.message : 'the text is damaged');
  }
}

/** The program of a specification for the `prog` key, and what of it the link cannot carry ('' = nothing). */
export interface EncodedProgram {
  readonly prog: string;
  readonly lacks: string;
}

const CARRIED = { prog: '', lacks: '' };
const MOST_NAME = 120;
/** In place of a program that a link does not carry: the name of the file, or that the text is too long. */
const LOST_FILE = 'file:';
const LOST_TEXT = 'long';

export async function encodeProgram({ program, image }: LoadSpec): Promise<EncodedProgram> {
  if (image) {
    const lacks = `the file ${image.name}: links carry programs as text only`;
    return { prog: LOST_FILE + encodeURIComponent(image.name), lacks };
  }
  if (program === undefined) return CARRIED;
  const prog = await deflateText(program);
  if (prog.length <= MOST_PROGRAM) return { prog, lacks: '' };
  const size = `${Math.ceil(prog.length / 1024)} KB compressed, and links carry at most ${MOST_PROGRAM / 1024}`;
  return { prog: LOST_TEXT, lacks: `the edited program: it has ${size}` };
}

/** What a `prog` key names instead of a program, '' when it is one. */
function lostIn(prog: string): string {
  if (prog === LOST_TEXT) return 'an edited program that is too long for a link';
  if (!prog.startsWith(LOST_FILE)) return '';
  return `the file ${prog.slice(LOST_FILE.length, LOST_FILE.length + MOST_NAME)}`;
}

async function decodeProgram(text: string): Promise<Result<Pick<LoadSpec, 'program'>>> {
  try {
    return succeed({ program: await inflateText(text, MOST_BYTES) });
  } catch (error) {
    const why = error instanceof DamagedText ? error.message : 'the text is damaged';
    return fail('LINK_PROGRAM', `The link's program (prog=) cannot be read: ${why}.`, COPY_AGAIN);
  }
}

/** Fragment without '#'. `ev` and `prog` are the texts of `encodeInputs` and `encodeProgram`. */
export function writeLink(
  spec: LoadSpec,
  step: number,
  hash: string,
  { ev, prog }: { readonly ev: string; readonly prog: string },
  breakpoints: ReadonlySet<bigint>,
): string {
  const parts = [`s=${spec.scenario}`, `cpu=${spec.cpu}`];
  if (spec.off.length > 0) parts.push(`patch=${writeSwitches(spec.off)}`);
  if (spec.seed !== 0) parts.push(`seed=${spec.seed}`);
  if (spec.choices) parts.push(`choices=${spec.choices}`);
  parts.push(`at=main@${step}`, `h=${hash.slice(0, 8)}`);
  if (breakpoints.size > 0) parts.push(`bp=${writeBreakpoints(breakpoints)}`);
  if (ev) parts.push(`ev=${ev}`);
  if (prog) parts.push(`prog=${prog}`);
  return parts.join('&');
}

/** Reads a fragment. '' is the default scenario at its opening. */
export async function readLink(fragment: string): Promise<Result<LinkState>> {
  const keys = new Map<string, string>();
  for (const part of fragment.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    if (at <= 0) continue;
    try {
      keys.set(part.slice(0, at), decodeURIComponent(part.slice(at + 1)));
    } catch {
      return fail('LINK_ESCAPE', `The link's '${part.slice(0, at)}' is damaged.`, COPY_AGAIN);
    }
  }
  const { off, bad } = readSwitches(keys.get('patch') ?? '');
  if (bad !== '') {
    return fail(
      'LINK_PATCH',
      `The link's patch '${bad}' says neither on nor off.`,
      'Write patch=<id>:off.',
    );
  }
  const position = keys.get('at');
  const at = /^(?:[^@]*@)?(\d{1,10})$/.exec(position ?? '0');
  if (!at)
    return fail('LINK_POSITION', `The link's position '${keys.get('at')}' is not <branch>@<step>.`);
  const seed = keys.get('seed') ?? '0';
  if (!/^\d{1,10}$/.test(seed))
    return fail('LINK_SEED', `The link's seed '${seed}' is not a whole number.`);
  const choices = keys.get('choices');
  const read = choices ? readChoices(choices) : null;
  if (read && !read.ok) return read;
  const hash = keys.get('h') ?? '';
  if (hash !== '' && !/^[\da-f]{8}$/.test(hash))
    return fail('LINK_HASH', `The link's hash '${hash}' is not 8 hexadecimal digits.`);
  const breakpoints = readBreakpoints(keys.get('bp') ?? '');
  if (!breakpoints.ok) return breakpoints;
  const ev = keys.get('ev');
  const inputs: Result<LinkState['inputs']> = ev ? await decodeInputs(ev) : succeed([]);
  if (!inputs.ok) return inputs;
  const prog = keys.get('prog') ?? '';
  const lost = lostIn(prog);
  const program = prog === '' || lost !== '' ? succeed({}) : await decodeProgram(prog);
  if (!program.ok) return program;
  const spec: LoadSpec = {
    scenario: keys.get('s') ?? DEFAULT_SPEC.scenario,
    cpu: keys.get('cpu') ?? (keys.has('s') ? '' : DEFAULT_SPEC.cpu),
    off,
    seed: Number(seed),
    ...(choices && { choices }),
    ...program.value,
  };
  return succeed({
    spec,
    step: position === undefined ? null : Number(at[1]),
    hash,
    inputs: inputs.value,
    breakpoints: breakpoints.value,
    lost,
  });
}

/** How the state that a link led to differs from what it says; null if it is the same. `hash`: 16 digits. */
export function driftOf(link: LinkState, step: number, hash: string): UserError | null {
  if (link.lost !== '') {
    return {
      code: 'LINK_LOST',
      message: `This link is about ${link.lost}, which it does not carry; the scenario's own program is shown.`,
      hint: 'Get the file from who sent the link and open it in the Program view.',
    };
  }
  if (link.step !== null && step < link.step) {
    return {
      code: 'LINK_STEP',
      message: `The run of this link ends at step ${step}; the link says ${link.step}.`,
      hint: 'The link may be damaged or come from another version.',
    };
  }
  if (link.hash === '' || hash.startsWith(link.hash)) return null;
  return {
    code: 'LINK_DRIFT',
    message: `The state at step ${step} of this link has hash ${hash.slice(0, 8)}; the link says ${link.hash}.`,
    hint: 'The link may be damaged, or the model has changed since it was made.',
  };
}
