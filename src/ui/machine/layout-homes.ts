// Where the virtual cores go, below the cards: rows of brackets with the homes of their vcpus and, where vcores run as
// a whole, the places of their plaques.
import type { Box, GroupBox, MachineShape } from './layout.ts';

/** Space between cards, and between brackets. */
export const GAP = 8;
/** Vcpus from which homes are small, and how many of these stand side by side. */
const MANY_VCPUS = 17;
const HOMES_PER_ROW = 4;
/** Width that a plaque needs for all that it says. */
const PLAQUE_WIDE = 300;
/** Heights of a plaque: with its lines of text, and of one line. */
export const PLAQUE = { roomy: 40, tight: 22 } as const;

const GROUP_FOOT = 18;
/** Width that the title of a virtual core needs beside its plaques, and height below them where it has none. */
const TITLE = { w: 136, h: 14 } as const;
const SMALL_HOME = { w: 38, h: 28 } as const;

/** How high the virtual cores are together, and where they go from a height on. */
export function homesOf(shape: MachineShape, width: number, dense: boolean) {
  const vcpus = shape.groups.reduce((sum, g) => sum + g.vcpus.length, 0);
  const small = vcpus >= MANY_VCPUS || (dense && shape.cores > 1);
  const most = Math.max(1, ...shape.groups.map((g) => g.vcpus.length));
  const abreast = small ? Math.min(most, HOMES_PER_ROW) : most;
  const perRow = Math.max(
    1,
    Math.floor((width + GAP) / (abreast * (small ? SMALL_HOME.w : 80) + 8 + GAP)),
  );
  const rows: MachineShape['groups'][] = [];
  for (let i = 0; i < shape.groups.length; i += perRow)
    rows.push(shape.groups.slice(i, i + perRow));
  const homeHeight = small ? SMALL_HOME.h : rows.length > (shape.plaques ? 1 : 2) ? 34 : 68;
  const below = !small && rows.some((row) => hidesTitle(row, width)) ? TITLE.h : 0;
  const foot = shape.plaques ? (small ? PLAQUE.tight : PLAQUE.roomy + below) + 6 : GROUP_FOOT;
  const h = Math.ceil(most / abreast) * homeHeight + foot;
  const place = (top: number): GroupBox[] =>
    rows.flatMap((row, r) =>
      row.map((group, i) => {
        const w =
          (width - 2 - GAP * (perRowOf(row, perRow, small) - 1)) / perRowOf(row, perRow, small);
        const box = { x: 1 + i * (w + GAP), y: top + r * (h + GAP), w, h };
        return groupBox(group, box, { homeHeight, abreast, foot, small, plaques: shape.plaques });
      }),
    );
  return { height: rows.length * (h + GAP), place };
}

/** The plaques of a group leave no room for its title at their side. */
const hidesTitle = (row: MachineShape['groups'], width: number): boolean =>
  row.some(({ vcores }) => width / row.length - vcores.length * PLAQUE_WIDE < TITLE.w);

/** Small groups keep their width in a row that is not full. */
const perRowOf = (row: readonly unknown[], perRow: number, small: boolean): number =>
  small ? perRow : row.length;

interface GroupForm {
  readonly homeHeight: number;
  readonly abreast: number;
  readonly foot: number;
  readonly small: boolean;
  readonly plaques: boolean;
}

function groupBox(group: MachineShape['groups'][number], box: Box, form: GroupForm): GroupBox {
  const { homeHeight, abreast, foot, small } = form;
  const w = (box.w - 8) / Math.min(abreast, small ? abreast : group.vcpus.length);
  const homes = group.vcpus.map((vcpu, i) => {
    const home = {
      x: box.x + 4 + (i % abreast) * w,
      y: box.y + Math.floor(i / abreast) * homeHeight,
      w,
      h: homeHeight,
    };
    const lines = home.h > 50 ? 3 : 1;
    const token = small
      ? { x: home.x + 2, y: home.y + 3, w: Math.min(48, w - 4), h: homeHeight - 6 }
      : { x: home.x + 6, y: home.y + (lines === 3 ? 20 : 3), w: Math.min(48, w - 8), h: 26 };
    return { ...home, vm: group.vm, vcpu, lines, token };
  });
  const vcores = form.plaques ? group.vcores : [];
  const each = (box.w - 12) / Math.max(1, vcores.length);
  const plaques = vcores.map((vcore, i) => ({
    vcore,
    x: box.x + 6 + i * each,
    y: box.y + box.h - foot + 3,
    w: Math.min(each - 2, PLAQUE_WIDE),
    h: small ? PLAQUE.tight : PLAQUE.roomy,
  }));
  return { ...box, vm: group.vm, virtualCore: group.virtualCore, homes, plaques };
}
