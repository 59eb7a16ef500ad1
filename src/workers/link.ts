// The machine's part of a link: scenario, CPU, patches, seed, position, hash, and the user's inputs, deflated.
// Unknown keys are ignored one by one; a wrong value is a located error. product.md, "Link, embed, messages".
import type { Action, Input } from '../sim/machine/inputs.ts';
import type { LoadSpec } from '../sim/scenario/scenario.ts';
import { fail, type Result, succeed, type UserError } from '../sim/state/user-error.ts';

/** What a link says. */
export interface LinkState {
  readonly spec: LoadSpec;
  /** null: the link has no position, the scenario's opening is meant. */
  readonly step: number | null;
  /** First 8 hex digits of the state hash, '' when the link has none. */
  readonly hash: string;
  /** User inputs with their index among all inputs. */
  readonly inputs: readonly { readonly index: number; readonly input: Input }[];
}

export const DEFAULT_SPEC: LoadSpec = {
  scenario: 'virt-doorbell',
  cpu: 'p9-dd23',
  off: [],
  seed: 0,
};
const SCHEMA = 'z1:';
const MOST_INPUTS = 1000;
/** Inflated bytes that a link may hold: a bomb is refused. */
const MOST_BYTES = 200_000;

const KINDS = ['doorbell', 'exit', 'dec', 'hdec', 'preempt'] as const;

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
  const a =
    action.kind === 'doorbell' ? action.from : action.kind === 'dec' ? action.vcpu : action.thread;
  return [
    index,
    step,
    cycle,
    KINDS.indexOf(action.kind),
    a,
    action.kind === 'doorbell' ? action.to : 0,
  ];
}

function unpack(value: unknown): LinkState['inputs'][number] | null {
  if (!Array.isArray(value) || value.length !== 6 || !value.every((n) => Number.isSafeInteger(n)))
    return null;
  const [index, step, cycle, kindNo, a, b] = value as number[] as unknown as Packed;
  const kind = KINDS[kindNo];
  if (!kind || index < 0 || step < -1 || cycle < 0 || a < 0 || b < 0) return null;
  const action: Action =
    kind === 'doorbell'
      ? { kind, from: a, to: b }
      : kind === 'dec'
        ? { kind, vcpu: a }
        : { kind, thread: a };
  return { index, input: { step, cycle, user: true, action } };
}

async function throughStream(
  bytes: Uint8Array<ArrayBuffer>,
  stream: GenericTransform,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => undefined); // a damaged text makes the reader fail, too, and that is reported
  const reader = stream.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new RangeError('the inputs of the link are too long');
    }
    parts.push(value);
  }
  await written;
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface GenericTransform {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
}

const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** Text of the inputs for the `ev` key; '' when there are none. */
export async function encodeInputs(inputs: LinkState['inputs']): Promise<string> {
  if (inputs.length === 0) return '';
  const json = new TextEncoder().encode(JSON.stringify(inputs.map(pack)));
  return SCHEMA + toBase64Url(await throughStream(json, new CompressionStream('deflate-raw')));
}

async function decodeInputs(text: string): Promise<Result<LinkState['inputs']>> {
  const bad = (why: string) =>
    fail(
      'LINK_INPUTS',
      `The link's inputs (ev=) cannot be read: ${why}.`,
      'Copy the link again from where it came.',
    );
  if (!text.startsWith(SCHEMA)) return bad(`unknown schema '${text.slice(0, 3)}'`);
  try {
    const bytes = await throughStream(
      fromBase64Url(text.slice(SCHEMA.length)),
      new DecompressionStream('deflate-raw'),
    );
    const list: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!Array.isArray(list) || list.length > MOST_INPUTS) return bad('not a list of inputs');
    const inputs = list.map(unpack);
    const wrong = inputs.indexOf(null);
    if (wrong >= 0) return bad(`input ${wrong + 1} is not valid`);
    return succeed(inputs.filter((input) => input !== null));
  } catch (error) {
    return bad(error instanceof RangeError ? error.message : 'the text is damaged');
  }
}

/** Fragment without '#'. `ev` is the text of `encodeInputs`. */
export function writeLink(spec: LoadSpec, step: number, hash: string, ev: string): string {
  const parts = [`s=${spec.scenario}`, `cpu=${spec.cpu}`];
  if (spec.off.length > 0) parts.push(`patch=${spec.off.map((id) => `${id}:off`).join(',')}`);
  if (spec.seed !== 0) parts.push(`seed=${spec.seed}`);
  parts.push(`at=main@${step}`, `h=${hash.slice(0, 8)}`);
  if (ev) parts.push(`ev=${ev}`);
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
      return fail(
        'LINK_ESCAPE',
        `The link's '${part.slice(0, at)}' is damaged.`,
        'Copy the link again from where it came.',
      );
    }
  }
  const off: string[] = [];
  for (const item of (keys.get('patch') ?? '').split(',').filter(Boolean)) {
    const [id = '', state = ''] = item.split(':');
    if (state !== 'on' && state !== 'off') {
      return fail(
        'LINK_PATCH',
        `The link's patch '${item}' says neither on nor off.`,
        'Write patch=<id>:off.',
      );
    }
    if (state === 'off') off.push(id);
  }
  const position = keys.get('at');
  const at = /^(?:[^@]*@)?(\d{1,10})$/.exec(position ?? '0');
  if (!at)
    return fail('LINK_POSITION', `The link's position '${keys.get('at')}' is not <branch>@<step>.`);
  const seed = keys.get('seed') ?? '0';
  if (!/^\d{1,10}$/.test(seed))
    return fail('LINK_SEED', `The link's seed '${seed}' is not a whole number.`);
  const hash = keys.get('h') ?? '';
  if (hash !== '' && !/^[\da-f]{8}$/.test(hash))
    return fail('LINK_HASH', `The link's hash '${hash}' is not 8 hexadecimal digits.`);
  const ev = keys.get('ev');
  const inputs: Result<LinkState['inputs']> = ev ? await decodeInputs(ev) : succeed([]);
  if (!inputs.ok) return inputs;
  const spec: LoadSpec = {
    scenario: keys.get('s') ?? DEFAULT_SPEC.scenario,
    cpu: keys.get('cpu') ?? DEFAULT_SPEC.cpu,
    off,
    seed: Number(seed),
  };
  return succeed({
    spec,
    step: position === undefined ? null : Number(at[1]),
    hash,
    inputs: inputs.value,
  });
}

/** How the state that a link led to differs from what it says; null if it is the same. `hash`: 16 digits. */
export function driftOf(link: LinkState, step: number, hash: string): UserError | null {
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
