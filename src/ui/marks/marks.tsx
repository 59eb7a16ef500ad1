// The marks of the visual language as SVG fragments; (x, y) is the upper left corner.
import type { ReactNode } from 'react';
import type { ThreadMode, VcpuState } from '../../workers/sections.ts';
import { vmColor, vmHue, vmLetter } from '../theme/vm.ts';
import { useOld, was } from './changed.ts';
import { FONT, textWidth } from './text.ts';
import { vectorName } from './words.ts';
import './marks.css';

interface At {
  readonly x: number;
  readonly y: number;
}

/** Size of a vcpu token. */
export const TOKEN = { w: 48, h: 26 } as const;

/** Fill of a partition: its hue with its hatch; the host is grey. */
export const vmFill = (vm: number): string =>
  vm < 1 ? 'var(--host-fill)' : `url(#pat-vm${vmHue(vm)})`;

/** A vcpu: letter of the VM and number, the number in its virtual core at the right, state as pattern. */
export function Token(
  props: At & {
    readonly vm: number;
    readonly vcpu: number;
    readonly thr: number;
    readonly state: VcpuState;
  },
) {
  const { x, y, vm, vcpu, thr, state } = props;
  const { w, h } = TOKEN;
  const name = `${vmLetter(vm)}${vcpu}`;
  return (
    <g className={`mark-token is-${state}`} {...placed(x, y)}>
      <rect className="mark-token-body" width={w} height={h} stroke={vmColor(vm)} />
      {state === 'preempted' && <rect width={w} height={h} fill="url(#pat-preempted)" />}
      <rect width="7" height={h} fill={vmFill(vm)} />
      {state === 'preempted' && (
        <rect className="mark-back" x="9" y="5" width={w - 12} height={h - 10} />
      )}
      <text className="mark-token-name" x="10" y="17.5">
        {name}
      </text>
      <path className="mark-thin" d={`M${w - 13} 4V${h - 4}`} />
      {state === 'ceded' ? (
        <Moon x={w - 12} y={7} />
      ) : (
        <text className="mark-small" x={w - 10} y="17">
          {thr}
        </text>
      )}
      {state === 'off' && <path className="mark-cross" d={`M0 0L${w} ${h}M${w} 0L0 ${h}`} />}
    </g>
  );
}

/** Field that shows a thread's mode: guest solid, real mode hatched, virtual mode outlined, host grey, ... */
export function ModeField(
  props: At & {
    readonly w: number;
    readonly h: number;
    readonly mode: ThreadMode;
    readonly vm: number;
  },
) {
  const { x, y, w, h, mode, vm } = props;
  const moon = Math.min(24, Math.max(12, h / 3));
  const fill: Readonly<Record<ThreadMode, string>> = {
    dead: 'var(--text)',
    offline: 'url(#pat-offline)',
    nap: 'none',
    host: 'var(--host-fill)',
    virt: 'none',
    real: 'url(#pat-real)',
    guest: vmColor(vm),
  };
  return (
    <>
      <rect className={`mark-mode is-${mode}`} x={x} y={y} width={w} height={h} fill={fill[mode]} />
      {mode === 'dead' && (
        <path className="mark-dead" d={`M${x} ${y}l${w} ${h}m0 ${-h}l${-w} ${h}`} />
      )}
      {mode === 'nap' && <Moon x={x + w / 2 - moon / 2} y={y + h / 2 - moon / 2} size={moon} />}
    </>
  );
}

/** Idle: a crescent. Marks are placed by their coordinates: a browser keeps a node for every transform. */
export function Moon({ x, y, size = 12 }: At & { readonly size?: number }) {
  const u = size / 12;
  const at = `M${x + 8 * u} ${y + 1.2 * u}`;
  const arcs = `a${5 * u} ${5 * u} 0 1 0 ${3 * u} ${7.2 * u}a${4.3 * u} ${4.3 * u} 0 0 1 ${-3 * u} ${-7.2 * u}Z`;
  return <path className="mark-moon" d={at + arcs} />;
}

const BELL =
  'c-2.1 0-2.9 1.8-2.9 3.8c0 2.4-.7 3.2-1.7 4.2h9.2c-1-1-1.7-1.8-1.7-4.2c0-2-.8-3.8-2.9-3.8Zm-1.1 9h2.2';

/** A bell in a 12 x 12 box: filled = a doorbell is here. */
export function Bell({ x, y, on }: At & { readonly on: boolean }) {
  return (
    <path className={on ? 'mark-bell is-on' : 'mark-bell'} d={`M${x + 6} ${y + 1.2}${BELL}`} />
  );
}

/** Moves and scales a group; nothing where it need not. */
const placed = (x: number, y: number, size = 1) => {
  const move = x === 0 && y === 0 ? '' : `translate(${x} ${y})`;
  const scale = size === 1 ? '' : `scale(${size})`;
  return move + scale === '' ? {} : { transform: move + scale };
};

/** Size of a bell bit cell. */
export const BELL_CELL = { w: 30, h: 18 } as const;

/** A place where a doorbell can be: bell and bit. A bit below 0 means that the place does not exist now. */
export function BellCell({
  x,
  y,
  bit,
  size = 1,
}: At & { readonly bit: number; readonly size?: number }) {
  const { w, h } = BELL_CELL;
  const kind = bit < 0 ? 'is-absent' : bit > 0 ? 'is-on' : '';
  return (
    <g className={`mark-bell-cell ${kind}`} {...placed(x, y, size)}>
      <rect width={w} height={h} />
      {bit >= 0 && <Bell x={3} y={3} on={bit > 0} />}
      <text x={bit < 0 ? w / 2 - 3 : 18} y="13">
        {bit < 0 ? '–' : bit}
      </text>
    </g>
  );
}

/** A mark among HTML text grows with the font. */
const inlineBox = (w: number, h: number) => ({
  className: 'mark-inline',
  width: `${(w + 2) / FONT.normal}em`,
  height: `${(h + 2) / FONT.normal}em`,
  viewBox: `-1 -1 ${w + 2} ${h + 2}`,
});

/** A bell cell in a line of HTML text, for tables and lists; marked when the bit has changed. */
export function BellBit({ bit, label }: { readonly bit: number; readonly label: string }) {
  const { w, h } = BELL_CELL;
  const old = useOld(bit);
  return (
    <svg {...inlineBox(w, h)} role="img" aria-label={label}>
      <title>{label + was(old)}</title>
      <BellCell x={0} y={0} bit={bit} />
      {old !== undefined && <Changed key={bit} x={0} y={h + 2} w={w} />}
    </svg>
  );
}

/** Underline of a changed value; fades once. Give it the value as key, so that a new change shows anew. */
export function Changed({ x, y, w }: At & { readonly w: number }) {
  return <path className="mark-changed" d={`M${x} ${y}h${w}`} />;
}

/** A vcpu token in a line of HTML text. */
export function TokenInline(props: {
  readonly vm: number;
  readonly vcpu: number;
  readonly thr: number;
  readonly state: VcpuState;
}) {
  const { w, h } = TOKEN;
  return (
    <svg {...inlineBox(w, h)} aria-hidden="true">
      <Token x={0} y={0} {...props} />
    </svg>
  );
}

/** Width of a pending interrupt mark. */
export const pendingWidth = (pending: string): number =>
  textWidth(pending.replace(MASKED, ''), 'mono', FONT.small) + 22;

/** Behind a vector: it is present but masked here. */
const MASKED = '·';

/** A pending interrupt: an arrow into the thread with its place in the order and its vector; dashed if masked. */
export function Pending(props: At & { readonly pending: string; readonly order: number }) {
  const { x, y, pending, order } = props;
  const vector = pending.replace(MASKED, '');
  const masked = vector !== pending;
  const w = pendingWidth(pending);
  const kind = masked ? ' is-masked' : order === 1 ? ' is-first' : '';
  const about = `0x${vector} ${vectorName(vector)}, number ${order} in the order of delivery`;
  return (
    <g className={`mark-pending${kind}`} {...placed(x, y)}>
      <title>{`pending: ${about}${masked ? ', masked here' : ''}`}</title>
      <path d={`M${w} 0H7L0 7.5L7 15H${w}Z`} />
      <text x="8" y="11.5">
        {order}
      </text>
      <text className="mark-vector" x="18" y="11.5">
        {vector}
      </text>
    </g>
  );
}

/** A broken promise in a line of HTML text: a triangle before the words. */
export function Violation({ children }: { readonly children: ReactNode }) {
  return (
    <span className="mark-violation">
      <svg width="0.9em" height="0.9em" viewBox="0 0 10 10" role="img" aria-label="violation">
        <path d="M5 0.5L9.7 9.5H0.3Z" />
      </svg>
      {children}
    </span>
  );
}
