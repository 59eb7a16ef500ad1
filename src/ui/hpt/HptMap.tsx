// The map of the whole table: a canvas with level of detail, moved by mouse, wheel and keyboard.
import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { HptWindow } from '../../workers/protocol.ts';
import { useInks } from '../marks/inks.ts';
import { vmHue } from '../theme/vm.ts';
import {
  type Box,
  bringIn,
  type Camera,
  type Grid,
  hold,
  levelFor,
  lookAtGroup,
  neighbourSlot,
  rectOf,
  slotAt,
  wholeTable,
  windowOf,
  zoomAt,
} from './camera.ts';
import { Changed, Marks } from './Marks.tsx';
import { type Cells, type Inks, paint } from './paint.ts';
import { entrySentence, type HptVm, mapSentence } from './words.ts';

export interface MapProps {
  readonly vm: HptVm;
  readonly cells: Cells;
  /** Entry looked at, -1 none. */
  readonly slot: number;
  /** Entries to point at: what was found, what a walk stands on. */
  readonly found: readonly number[];
  readonly walk: { readonly slot: number; readonly slots: number } | null;
  /** Entries that changed since the picture before, and which picture that was. */
  readonly changed: readonly { readonly slot: number; readonly picture: number }[];
  /** The wheel zooms only with Ctrl: the page is inside another one. */
  readonly modestWheel: boolean;
  readonly onWindow: (window: HptWindow) => void;
  readonly onSlot: (slot: number) => void;
  readonly onFocus: (slot: number) => void;
  readonly onInject: (slot: number, x: number, y: number) => void;
  /** What stands beside the map. */
  readonly children?: ReactNode;
}

const ZOOM = 2;
/** Pixels that a press may move and still be a click. */
const CLICK = 4;

export function HptMap(props: MapProps) {
  const { vm, cells, slot, onSlot } = props;
  const { width, entries, levels } = vm;
  const grid = useMemo<Grid>(
    () => ({ width, height: entries / width, levels }),
    [width, entries, levels],
  );
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useSize(frame);
  const [wanted, setCamera] = useState<Camera | null>(null);
  const camera = wanted ? hold(wanted, grid, box) : wholeTable(grid, box);
  // What is chosen or stepped to comes into sight; the whole table is in sight anyway.
  const target = props.walk?.slot ?? slot;
  useEffect(() => {
    if (target >= 0 && box.w > 0) setCamera((held) => held && bringIn(held, target, grid, box));
  }, [target, grid, box]);
  useWindow(props, camera, grid, box);
  usePaint(canvas, props, camera, grid, box);

  const zoom = (factor: number, px = box.w / 2, py = box.h / 2) =>
    setCamera(zoomAt(camera, factor, px, py, grid, box));
  const zoomOnSlot = (factor: number) => {
    if (slot < 0) return zoom(factor);
    const { x, y, w, h } = rectOf(slot, 1, camera, grid);
    const inside = x >= 0 && y >= 0 && x < box.w && y < box.h;
    const at = inside ? ([x + w / 2, y + h / 2] as const) : ([box.w / 2, box.h / 2] as const);
    const next = zoomAt(camera, factor, at[0], at[1], grid, box);
    setCamera(bringIn(next, slot, grid, box));
  };
  useWheel(frame, props.modestWheel, (factor, px, py) => zoom(factor, px, py));
  const pointer = usePointer(camera, setCamera, grid, box, props);

  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const at = Math.max(0, slot);
    if (event.key.startsWith('Arrow')) {
      const next = slot < 0 ? 0 : neighbourSlot(slot, event.key, levelFor(camera.z, grid), grid);
      onSlot(next);
    } else if (event.key === '+' || event.key === '=') zoomOnSlot(ZOOM);
    else if (event.key === '-') zoomOnSlot(1 / ZOOM);
    else if (event.key === 'Enter' || event.key === ' ') props.onFocus(at);
    else if (event.key === 'i' || event.key === 'ContextMenu') {
      const rect = rectOf(at, 1, camera, grid);
      const place = frame.current?.getBoundingClientRect();
      props.onInject(at, (place?.x ?? 0) + rect.x, (place?.y ?? 0) + rect.y);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const shown = slot >= 0 ? bitsAt(cells, slot, grid) : undefined;
  return (
    <div className="hpt-top">
      <div
        ref={frame}
        className="hpt-frame"
        role="slider"
        tabIndex={0}
        aria-label={mapSentence(vm)}
        aria-valuemin={0}
        aria-valuemax={vm.entries - 1}
        aria-valuenow={Math.max(0, slot)}
        aria-valuetext={slot < 0 ? 'no entry chosen' : entrySentence(slot, shown)}
        onKeyDown={key}
        {...pointer}
      >
        <canvas ref={canvas} />
        {props.changed[0] && (
          <Changed
            key={props.changed[0].picture}
            changed={props.changed}
            camera={camera}
            grid={grid}
            box={box}
          />
        )}
        <Marks {...props} camera={camera} grid={grid} box={box} />
      </div>
      <div className="hpt-side">
        {props.children}
        <div className="hpt-zoom">
          <button
            type="button"
            aria-label="zoom in"
            title="zoom in (+ on the map)"
            onClick={() => zoomOnSlot(ZOOM)}
          >
            +
          </button>
          <button
            type="button"
            aria-label="zoom out"
            title="zoom out (− on the map)"
            onClick={() => zoomOnSlot(1 / ZOOM)}
          >
            −
          </button>
          <button type="button" onClick={() => setCamera(null)}>
            whole table
          </button>
          <button
            type="button"
            disabled={slot < 0}
            onClick={() => setCamera(lookAtGroup(slot, grid, box))}
          >
            this PTEG
          </button>
        </div>
      </div>
    </div>
  );
}

/** Summary bits of an entry as far as the cells tell: only where a cell is one entry. */
function bitsAt(cells: Cells, slot: number, grid: Grid): number | undefined {
  const x = (slot % grid.width) - cells.x;
  const y = Math.floor(slot / grid.width) - cells.y;
  const inside = cells.level === 0 && x >= 0 && y >= 0 && x < cells.w && y < cells.h;
  return inside ? cells.bits[y * cells.w + x] : undefined;
}

// --- what the component does outside React

/** Size of an element in CSS pixels. */
function useSize(element: RefObject<HTMLElement | null>): Box {
  const [box, setBox] = useState<Box>({ w: 0, h: 0 });
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const measure = () => setBox({ w: current.clientWidth, h: current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => observer.disconnect();
  }, [element]);
  return box;
}

/** Tells which cells are wanted, when that changes. */
function useWindow(props: MapProps, camera: Camera, grid: Grid, box: Box): void {
  const { onWindow } = props;
  const { level, x, y, w, h } = box.w > 0 ? windowOf(camera, grid, box) : NO_WINDOW;
  useEffect(() => {
    if (w > 0) onWindow({ level, x, y, w, h });
  }, [onWindow, level, x, y, w, h]);
}
const NO_WINDOW: HptWindow = { level: 0, x: 0, y: 0, w: 0, h: 0 };

/** Paints after each render: cells, camera, size or theme have changed. */
function usePaint(
  canvas: RefObject<HTMLCanvasElement | null>,
  { cells, vm }: MapProps,
  camera: Camera,
  grid: Grid,
  box: Box,
): void {
  const scratch = useRef<HTMLCanvasElement | null>(null);
  const hue = `vm${vmHue(vm.vm)}`;
  const read = useInks(canvas, ['panel', 'host', 'line', 'text', hue, `${hue}-ink`]);
  useLayoutEffect(() => {
    const { current } = canvas;
    const context = current?.getContext('2d');
    if (!current || !context || box.w === 0) return;
    const density = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(box.w * density), Math.round(box.h * density)];
    if (current.width !== w) current.width = w;
    if (current.height !== h) current.height = h;
    context.setTransform(density, 0, 0, density, 0, 0);
    scratch.current ??= document.createElement('canvas');
    const of = read();
    const inks: Inks = {
      empty: of.panel ?? '',
      used: of[hue] ?? '',
      mark: of[`${hue}-ink`] ?? '',
      absent: of.host ?? '',
      line: of.line ?? '',
      text: of.text ?? '',
    };
    paint(context, scratch.current, cells, camera, grid, inks);
  });
}

/** Pixels of wheel movement that double the scale. */
const WHEEL = 240;

/** The wheel zooms where the pointer is; not passive, so that the page does not scroll meanwhile. */
function useWheel(
  element: RefObject<HTMLElement | null>,
  modest: boolean,
  zoom: (factor: number, px: number, py: number) => void,
): void {
  const latest = useRef(zoom);
  latest.current = zoom;
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    const onWheel = (event: WheelEvent) => {
      if (modest && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const at = current.getBoundingClientRect();
      latest.current(2 ** (-event.deltaY / WHEEL), event.clientX - at.x, event.clientY - at.y);
    };
    current.addEventListener('wheel', onWheel, { passive: false });
    return () => current.removeEventListener('wheel', onWheel);
  }, [element, modest]);
}

/** Dragging moves the map; a press without movement chooses an entry, a double one puts it in focus. */
function usePointer(
  camera: Camera,
  setCamera: (camera: Camera) => void,
  grid: Grid,
  box: Box,
  { onSlot, onFocus, onInject }: MapProps,
) {
  const start = useRef<{ x: number; y: number; camera: Camera } | null>(null);
  const slotOf = (event: { clientX: number; clientY: number; currentTarget: Element }): number => {
    const at = event.currentTarget.getBoundingClientRect();
    return slotAt(camera, event.clientX - at.x, event.clientY - at.y, grid);
  };
  const far = (event: PointerEvent): boolean => {
    const from = start.current;
    return from !== null && Math.hypot(event.clientX - from.x, event.clientY - from.y) > CLICK;
  };
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, y: event.clientY, camera };
    },
    onPointerMove: (event: PointerEvent) => {
      const from = start.current;
      if (!from || !far(event)) return;
      const { z } = from.camera;
      const x = from.camera.x - (event.clientX - from.x) / z;
      const y = from.camera.y - (event.clientY - from.y) / z;
      setCamera(hold({ x, y, z }, grid, box));
    },
    onPointerUp: (event: PointerEvent) => {
      const at = slotOf(event);
      if (start.current && !far(event) && at >= 0) onSlot(at);
      start.current = null;
    },
    onPointerCancel: () => {
      start.current = null;
    },
    onDoubleClick: (event: MouseEvent) => {
      const at = slotOf(event);
      if (at >= 0) onFocus(at);
    },
    onContextMenu: (event: MouseEvent) => {
      const at = slotOf(event);
      if (at < 0) return;
      event.preventDefault();
      onInject(at, event.clientX, event.clientY);
    },
  };
}
