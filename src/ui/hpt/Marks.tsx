// Outlines over the canvas of the map.
import { SLOTS } from '../../workers/sections.ts';
import { type Box, type Camera, type Grid, rectOf } from './camera.ts';
import type { MapProps } from './HptMap.tsx';

/** What the map shows where. */
interface Place {
  readonly camera: Camera;
  readonly grid: Grid;
  readonly box: Box;
}

/** Least size of the outline around an entry. */
const OUTLINE = 6;

/** The chosen entry and its group, what was found, the walk. */
export function Marks(props: Pick<MapProps, 'slot' | 'found' | 'walk'> & Place) {
  const { slot, found, walk, camera, grid, box } = props;
  const rect = (at: number, count: number) => {
    const { x, y, w, h } = rectOf(at, count, camera, grid, OUTLINE);
    return { x, y, width: w, height: h };
  };
  return (
    <svg className="hpt-marks" width={box.w} height={box.h} aria-hidden="true">
      {found.map((at) => (
        <rect key={at} className="hpt-found" {...rect(at, 1)} />
      ))}
      {walk && <rect className="hpt-walked" {...rect(walk.slot, walk.slots)} />}
      {slot >= 0 && (
        <>
          <rect className="hpt-group" {...rect(slot - (slot % SLOTS), SLOTS)} />
          <rect className="hpt-chosen" {...rect(slot, 1)} />
        </>
      )}
    </svg>
  );
}

/** What changed: one element for hundreds of entries, on a layer of its own that fades without being painted again. */
export function Changed(props: Pick<MapProps, 'changed'> & Place) {
  const { changed, camera, grid, box } = props;
  const outlines = changed
    .map((c) => rectOf(c.slot, 1, camera, grid, OUTLINE))
    .map(({ x, y, w, h }) => `M${x} ${y}h${w}v${h}h${-w}z`);
  return (
    <svg className="hpt-marks hpt-changed" width={box.w} height={box.h} aria-hidden="true">
      <path d={outlines.join('')} />
    </svg>
  );
}
