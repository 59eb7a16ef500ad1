// What stands on a core's card: its number, and the partition that the whole core is in, washed over the card when
// that changes.
import { memo } from 'react';
import { vmFill } from '../marks/marks.tsx';
import type { CardBox } from './layout.ts';

export interface CoreLpid {
  /** LPID of all its threads, -1 when they differ. */
  readonly lpid: number;
  /** VM that owns it, 0 = the host. */
  readonly vm: number;
}

/** The LPID that all threads of a core have. */
export function coreLpid(lpids: readonly number[], vmOf: (lpid: number) => number): CoreLpid {
  const [lpid = -1] = lpids;
  return lpids.every((other) => other === lpid) ? { lpid, vm: vmOf(lpid) } : { lpid: -1, vm: 0 };
}

export const CardHead = memo(
  ({ card, dense, lpid, vm }: CoreLpid & { readonly card: CardBox; readonly dense: boolean }) => (
    <>
      {!dense && (
        <text className="mach-dim" x={card.x + 8} y={card.y + 14}>
          LPID
        </text>
      )}
      <text className="mach-title" x={card.x + (dense ? 6 : 44)} y={card.y + (dense ? 17 : 14)}>
        {dense ? `c${card.core}` : `core ${card.core}`}
      </text>
      {lpid >= 0 && (
        <>
          <title>{`core ${card.core}: LPID ${lpid}`}</title>
          <rect x={card.x} y={card.y} width={card.w} height={3} fill={vmFill(vm)} />
          <rect
            key={lpid}
            className="mach-wash"
            x={card.x}
            y={card.y}
            width={card.w}
            height={card.h}
            fill={vmFill(vm)}
          />
        </>
      )}
    </>
  ),
);
