// vcpu tokens on top of the picture: docked on a slot, queued at a cpu, or at home. A token moves first across,
// then up or down, so that it follows the lanes; CSS does the moving, so reduced motion makes it a cut.
import { memo } from 'react';
import { TOKEN, Token } from '../marks/marks.tsx';
import { sameFace, stateOf, type ThreadRow, type VcpuRow, vcpuName } from './face.ts';
import type { Box, MachineLayout, SlotBox } from './layout.ts';

/** Where a token stands and how large it is. */
export interface TokenPlace {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly at: 'dock' | 'queue' | 'home';
}

/** Places all tokens. Docked beats queued beats home; a small slot has no room for a queue. */
export function placeTokens(
  vcpus: readonly VcpuRow[],
  threads: readonly ThreadRow[],
  layout: MachineLayout,
): TokenPlace[] {
  const slots = new Map(layout.cards.flatMap((c) => c.slots.map((s) => [s.thread, s] as const)));
  const homes = layout.groups.flatMap((g) => g.homes);
  const queued = new Map<number, number>();
  return vcpus.map((row) => {
    const docked = threads.find((t) => t.vcpu === row.vcpu && t.vm === row.vm);
    const dock = docked && slots.get(docked.thread)?.dock;
    if (dock) return { ...within(dock, 4), at: 'dock' };
    const queue = stateOf(row) === 'preempted' ? queueOf(slots.get(row.thread)) : null;
    if (queue) {
      const before = queued.get(row.thread) ?? 0;
      queued.set(row.thread, before + 1);
      return { x: queue.x + 1 - 16 * before, y: queue.y, size: 1, at: 'queue' };
    }
    const home = homes.find((h) => h.vcpu === row.vcpu && h.vm === row.vm);
    return { ...within(home?.token ?? NOWHERE, 0), at: 'home' };
  });
}

const NOWHERE: Box = { x: 0, y: 0, w: 0, h: 0 };

/** The place of a token in the middle of a box, made smaller when it needs to be. */
function within({ x, y, w, h }: Box, margin: number) {
  const size = Math.min(1, h / (TOKEN.h - margin), w / (TOKEN.w + margin));
  return { x: x + (w - TOKEN.w * size) / 2, y: y + (h - TOKEN.h * size) / 2, size };
}

const queueOf = (slot: SlotBox | undefined) => slot?.queue ?? null;

export interface TokenProps {
  readonly row: VcpuRow;
  readonly place: TokenPlace;
  readonly path: string;
  readonly focused: boolean;
  readonly hovered: boolean;
}

/** One token. The home in the virtual core is its accessible twin, so it takes the pointer only. */
export const MovingToken = memo(
  ({ row, place, path, focused, hovered }: TokenProps) => {
    const marks = `${focused ? ' is-focus' : ''}${hovered ? ' is-hover' : ''}`;
    return (
      <g className="mach-across" style={{ transform: `translateX(${place.x}px)` }}>
        <g className="mach-updown" style={{ transform: `translateY(${place.y}px)` }}>
          <g
            className={`mach-token${marks}`}
            data-token={path}
            transform={place.size === 1 ? undefined : `scale(${place.size})`}
          >
            <title>{`vcpu ${vcpuName(row)}`}</title>
            <Token x={0} y={0} vm={row.vm} vcpu={row.vcpu} thr={row.thr} state={stateOf(row)} />
            {row.runner === 1 && (
              <rect
                className="mach-runner"
                x={-3}
                y={-3}
                width={TOKEN.w + 6}
                height={TOKEN.h + 6}
              />
            )}
            <rect className="mach-outline" x={-3} y={-3} width={TOKEN.w + 6} height={TOKEN.h + 6} />
          </g>
        </g>
      </g>
    );
  },
  (a, b) =>
    a.path === b.path &&
    a.focused === b.focused &&
    a.hovered === b.hovered &&
    a.row.thr === b.row.thr &&
    a.row.state === b.row.state &&
    a.row.runner === b.row.runner &&
    sameFace(a.place, b.place),
);
