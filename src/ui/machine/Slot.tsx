// A hardware thread's slot: LPID band, dock with the mode pattern, what it executes, doorbell bit, pending
// interrupts, timers. Drawn again only when its face, its box or its highlight changes.
import { memo, type ReactNode } from 'react';
import { useOld, was } from '../marks/changed.ts';
import {
  BELL_CELL,
  BellCell,
  Changed,
  ModeField,
  Pending,
  pendingWidth,
  vmFill,
} from '../marks/marks.tsx';
import { compact, cutTo, FONT, textWidth, wrapTo } from '../marks/text.ts';
import { type SlotFace, sameFace } from './face.ts';
import { BAND, type SlotBox } from './layout.ts';

export interface SlotProps {
  readonly face: SlotFace;
  readonly box: SlotBox;
  readonly sentence: string;
  readonly focused: boolean;
  readonly hovered: boolean;
  readonly tabStop: boolean;
}

export const Slot = memo(drawSlot, sameSlot);

function drawSlot({ face, box, sentence, focused, hovered, tabStop }: SlotProps) {
  const { x, y, w, h, dock } = box;
  const marks = `${focused ? ' is-focus' : ''}${hovered ? ' is-hover' : ''}`;
  return (
    <g
      className={`mach-item mach-slot is-${face.mode}${marks}`}
      role="treeitem"
      tabIndex={tabStop ? 0 : -1}
      aria-label={sentence}
      aria-selected={focused}
      data-path={face.path}
    >
      <title>{sentence}</title>
      <rect className="mach-slot-body" x={x} y={y} width={w} height={h} />
      <LpidBand face={face} box={box} />
      <ModeField {...dock} mode={face.mode} vm={face.vm} />
      {face.next && <path className="mach-next" d={`M${x - 9} ${y + h / 2 - 7}l8 7l-8 7Z`} />}
      <Lines face={face} box={box} />
      <rect className="mach-outline" x={x} y={y} width={w} height={h} />
    </g>
  );
}

/** LPIDR as a band in the hue of the partition; the number stands on the panel's colour to stay readable. */
function LpidBand({ face, box }: { readonly face: SlotFace; readonly box: SlotBox }) {
  const { x, y, h } = box;
  const old = useOld(face.lpid);
  const text = String(face.lpid);
  const w = Math.max(12, textWidth(text, 'mono', FONT.small) + 4);
  const middle = x + Math.max(BAND, w + 2) / 2; // a long number begins at the band's edge
  return (
    <g>
      <rect x={x} y={y} width={BAND} height={h} fill={vmFill(face.lpidVm)} />
      <rect className="mach-lpid-back" x={middle - w / 2} y={y + h / 2 - 8} width={w} height={16} />
      <text className="mach-value is-middle" x={middle} y={y + h / 2 + 4}>
        {text}
      </text>
      <title>{`LPIDR ${face.lpid}${was(old)}`}</title>
      {old !== undefined && <Changed key={face.lpid} x={x + 3} y={y + h / 2 + 9} w={BAND - 6} />}
    </g>
  );
}

/** The text lines: as many as the slot has room for, the most telling ones first. */
function Lines({ face, box }: { readonly face: SlotFace; readonly box: SlotBox }) {
  const x = box.dock.x + box.dock.w + 8;
  const width = box.x + box.w - x - 6;
  const room = width - (box.queue && face.waiters !== '' ? box.queue.w + 4 : 0);
  const timersInFoot = width - 54 >= 250;
  const lines = timersInFoot ? Math.min(4, box.lines) : box.lines;
  const pitch = (box.h - 4) / lines;
  const at = (line: number) => ({ face, x, y: box.y + 2 + pitch * (line + 0.5) + 4, width });
  const free = lines === 4 && face.dpdes < 0 && !(timersInFoot && hasTimers(face)); // the last line is empty
  const stacked = lines === 5 && room >= 64 && room < 160;
  if (lines === 3) return <ThreeLines {...at(0)} pitch={pitch} />;
  return (
    <>
      <Head {...at(0)} withTask />
      <Where {...at(1)} />
      <What
        {...at(2)}
        width={face.waiters === '' ? width : room}
        lines={free || pitch >= 20 ? 2 : 1}
        down={free}
      />
      <Dpdes bit={face.dpdes} {...at(lines - 1)} label={timersInFoot || room >= 160} />
      {timersInFoot && <Timers {...at(3)} x={x + 90} width={width - 54 - 94} />}
      {lines === 5 && room >= 160 && <Timers {...at(3)} width={room} />}
      {stacked && <StackedTimers {...at(3)} width={room} pitch={pitch} />}
      {face.waiters !== '' && box.queue && <Queue {...box.queue} waiters={face.waiters} />}
    </>
  );
}

/** Half a dozen cores: no timers, the doorbell bit small in the first line. */
function ThreeLines({ face, x, y, width, pitch }: LineAt & { readonly pitch: number }) {
  const bell = 0.75 * BELL_CELL.w;
  return (
    <>
      <Head face={face} x={x} y={y} width={width - bell - 4} withTask={false} />
      {face.dpdes >= 0 && <BellCell x={x + width - bell} y={y - 11} bit={face.dpdes} size={0.75} />}
      <Where face={face} x={x} y={y + pitch} width={width} />
      <What face={face} x={x} y={y + 2 * pitch} width={width} />
    </>
  );
}

interface LineAt {
  readonly face: SlotFace;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Thread number, mode, task, and the pending interrupts at the right. */
function Head({ face, x, y, width, withTask }: LineAt & { readonly withTask: boolean }) {
  const vectors = face.pending === '' ? [] : face.pending.split(' ');
  const shown = vectors.slice(0, width > 260 ? 4 : width > 110 ? 2 : width > 70 ? 1 : 0);
  const taken = shown.reduce((sum, v) => sum + pendingWidth(v) + 3, 0);
  const mode = cutTo(face.words.label, width - taken - 26, 'sans');
  const taskAt = 26 + textWidth(mode, 'sans') + 10;
  const names = withTask ? [face.task, face.task.replace(/ of VM \d+$/, '')] : [];
  const room = width - taken - taskAt;
  const task = names.find((name) => textWidth(name, 'mono', FONT.small) <= room) ?? '';
  let right = x + width - taken;
  return (
    <>
      <text className="mach-label" x={x} y={y}>
        {face.label}
      </text>
      <text className="mach-mode" x={x + 22} y={y}>
        {mode}
      </text>
      {task !== '' && (
        <text className="mach-dim is-mono" x={x + taskAt} y={y}>
          {task}
        </text>
      )}
      {shown.map((vector, i) => {
        const mark = <Pending key={vector} x={right} y={y - 12} pending={vector} order={i + 1} />;
        right += pendingWidth(vector) + 3;
        return mark;
      })}
    </>
  );
}

/** Kernel routine, or the guest's program counter. */
function Where({ face, x, y, width }: LineAt) {
  const text = face.mode === 'guest' ? `pc ${face.where}` : face.where;
  return (
    <text className="mach-value" x={x} y={y}>
      {cutTo(text, width, 'mono')}
    </text>
  );
}

/** Step title or guest instruction; an hourglass shape before what it waits for. Two lines where they fit. */
function What(props: LineAt & { readonly lines?: number; readonly down?: boolean }) {
  const { face, x, y, width, lines = 1, down = false } = props;
  const guest = face.mode === 'guest';
  const inset = face.waiting ? 14 : 0;
  const text = face.waiting ? face.what.replace(/^(nap: |(stop: )?waiting for )/, '') : face.what;
  const cut = wrapTo(text, width - inset, guest ? 'mono' : 'sans', lines);
  const top = down ? y : y - 8.5 * (cut.length - 1); // the bell cell of the line below needs room
  return (
    <>
      {face.waiting && <path className="mach-wait" d={`M${x} ${top - 9}h8l-8 9h8Z`} />}
      <text className={guest ? 'mach-insn' : 'mach-what'}>
        {cut.map((line, i) => (
          <tspan key={line} x={x + inset} y={top + 13 * i}>
            {line}
          </tspan>
        ))}
      </text>
    </>
  );
}

/** The thread's own doorbell bit; nothing where the CPU has none. */
function Dpdes(props: { bit: number; x: number; y: number; label: boolean }) {
  const { bit, x, y, label } = props;
  const old = useOld(bit);
  const at = x + (label ? 46 : 0);
  if (bit < 0) return null;
  return (
    <g>
      {label && (
        <text className="mach-dim" x={x} y={y}>
          DPDES
        </text>
      )}
      <title>{`DPDES ${bit}${was(old)}`}</title>
      <BellCell x={at} y={y - 13} bit={bit} />
      {old !== undefined && <Changed key={bit} x={at} y={y + 7} w={BELL_CELL.w} />}
    </g>
  );
}

/** A thread without a kernel has timers for nobody. */
const hasTimers = ({ mode }: SlotFace): boolean => mode !== 'offline' && mode !== 'dead';

function Timers({ face, x, y, width }: LineAt): ReactNode {
  if (!hasTimers(face)) return null;
  const half = (width - 10) / 2;
  return (
    <>
      <Gauge label="DEC" ticks={face.dec} x={x} y={y} width={half} />
      <Gauge label="HDEC" ticks={face.hdec} x={x + half + 10} y={y} width={half} />
    </>
  );
}

/** In a narrow slot HDEC stands in the next line, beside the doorbell bit. */
function StackedTimers({ face, x, y, width, pitch }: LineAt & { readonly pitch: number }) {
  if (!hasTimers(face)) return null;
  const inset = BELL_CELL.w + 10;
  return (
    <>
      <Gauge label="DEC" ticks={face.dec} x={x} y={y} width={width} />
      {width - inset >= 64 && (
        <Gauge label="HDEC" ticks={face.hdec} x={x + inset} y={y + pitch} width={width - inset} />
      )}
    </>
  );
}

const GAUGE_BITS = 24; // full scale: 2^24 ticks, 33 ms at 512 MHz

const FAR = 2 ** 30; // ticks; the host parks an unused timer at 2^31 - 1

/** A timer: number, and a thin bar on a logarithmic scale that empties as it runs out. */
function Gauge(props: { label: string; ticks: number; x: number; y: number; width: number }) {
  const { label, ticks, x, y, width } = props;
  const full = Math.min(1, Math.log2(Math.max(0, ticks) + 1) / GAUGE_BITS);
  const text = ticks < 0 ? 'expired' : ticks > FAR ? 'off' : compact(ticks);
  return (
    <g>
      <title>{`${label} ${ticks} time-base ticks (bar: logarithmic)`}</title>
      <text className="mach-dim" x={x} y={y - 1}>
        {label}
      </text>
      <text className="mach-value is-end" x={x + width} y={y - 1}>
        {text}
      </text>
      <path className="mach-gauge" d={`M${x} ${y + 4}h${width}`} />
      <path className="mach-gauge is-full" d={`M${x} ${y + 4}h${(width * full).toFixed(1)}`} />
    </g>
  );
}

/** The place of queued tasks: an open bracket towards the cpu. Its first task is named in grey, where a pre-empted vcpu's token covers it. */
function Queue({ x, y, waiters }: { x: number; y: number; waiters: string }) {
  const names = waiters.split(', ');
  return (
    <g>
      <title>{`queued on this cpu: ${names.join(', ')}`}</title>
      <path className="mach-queue" d={`M${x + 4} ${y - 2}h-6v30h6`} />
      <rect className="mach-host-task" x={x + 1} y={y + 3} width={48} height={20} />
      <text className="mach-host-name" x={x + 3} y={y + 17}>
        {cutTo(names[0] ?? '', 46, 'mono', FONT.small)}
      </text>
    </g>
  );
}

function sameSlot(a: SlotProps, b: SlotProps): boolean {
  return (
    a.box === b.box &&
    a.focused === b.focused &&
    a.hovered === b.hovered &&
    a.tabStop === b.tabStop &&
    a.sentence === b.sentence &&
    sameFace(a.face, b.face)
  );
}
