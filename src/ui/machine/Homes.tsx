// The guest's virtual cores: a bracketed group of homes, one per vcpu. A vcpu that is not on a hardware thread
// stands at home with its state and the reason; one that is leaves a dashed ghost with the place where it is.
import { memo } from 'react';
import { threadPath } from '../entity.ts';
import { Bell, TOKEN } from '../marks/marks.tsx';
import { cutTo, FONT, textWidth } from '../marks/text.ts';
import { vmLetter } from '../theme/vm.ts';
import { sameFace, stateOf, type VcpuRow, vcpuName, vcpuSentence } from './face.ts';
import type { Box, GroupBox, HomeBox } from './layout.ts';

/** The bracket of a virtual core; its title is below, out of the way of arrows. The homes are drawn by Home. */
export function Bracket(props: {
  readonly box: GroupBox;
  readonly vmName: string;
  /** Vcpus that there are: the first so many. */
  readonly created: number;
  /** The homes are painted: the names of those that are away are written over them. */
  readonly isAway: (home: HomeBox) => boolean;
  /** The places of plaques are painted, too. */
  readonly plaquesPainted: boolean;
}) {
  const { box, vmName, created, isAway, plaquesPainted } = props;
  const { x, y, w, h } = box;
  const missing = box.homes.filter((home) => home.vcpu >= created);
  const virtualCore = `virtual core ${box.virtualCore}`;
  const title = `VM ${vmLetter(box.vm)} ${vmName} · ${virtualCore} · ${box.homes.length} vcpus`;
  // Plaques stand where the title would, or above it; it goes beside them if it can.
  const beside = box.plaques.filter((plaque) => plaque.y + plaque.h > y + h - 14);
  const taken = beside.reduce((end, plaque) => Math.max(end, plaque.x + plaque.w - x), 6);
  const room = w - taken - 22;
  return (
    <>
      <path
        className="mach-bracket"
        d={`M${x + 8} ${y}H${x + 1}V${y + h - 7}H${x + 8}M${x + w - 8} ${y}H${x + w - 1}V${y + h - 7}H${x + w - 8}`}
      />
      {room >= 100 && (
        <text className="mach-title" x={x + taken + 8} y={y + h - 3}>
          {textWidth(title, 'sans') <= room
            ? title
            : cutTo(`${vmLetter(box.vm)} · ${virtualCore}`, room, 'sans')}
        </text>
      )}
      {!plaquesPainted &&
        box.plaques.map((plaque) => (
          <Ghost key={plaque.vcore} {...plaque} name={`vcore ${plaque.vcore}`} />
        ))}
      {missing.map((home) => (
        <g key={home.vcpu}>
          <title>{`vcpu ${home.vcpu} has not been created`}</title>
          <Ghost {...home.token} name={vcpuName(home)} />
        </g>
      ))}
      {box.homes.filter(isAway).map((home) => (
        <GhostName key={home.vcpu} {...home.token} name={vcpuName(home)} />
      ))}
    </>
  );
}

/** The empty place of a token or a plaque, with the name of who belongs there. */
const Ghost = ({ name, ...box }: Box & { readonly name?: string }) => (
  <>
    <rect className="mach-ghost" x={box.x} y={box.y} width={box.w} height={box.h} />
    {name !== undefined && <GhostName {...box} name={name} />}
  </>
);

const GhostName = ({ x, y, w, h, name }: Box & { readonly name: string }) => (
  <text className="mach-dim is-mono is-middle" x={x + w / 2} y={y + h / 2 + 4}>
    {name}
  </text>
);

export interface HomeProps {
  readonly row: VcpuRow;
  readonly box: HomeBox;
  readonly threadsPerCore: number;
  /** The token stands on a slot, not here. */
  readonly away: boolean;
  readonly focused: boolean;
  readonly hovered: boolean;
  readonly tabStop: boolean;
  readonly path: string;
}

export const Home = memo(drawHome, (a, b) => {
  const { row: rowA, ...restA } = a;
  const { row: rowB, ...restB } = b;
  return sameFace(restA, restB) && sameFace(rowA, rowB);
});

function drawHome(props: HomeProps) {
  const { row, box, threadsPerCore, away, focused, hovered, tabStop, path } = props;
  const sentence = vcpuSentence(row, threadsPerCore);
  const marks = `${focused ? ' is-focus' : ''}${hovered ? ' is-hover' : ''}`;
  return (
    <g
      className={`mach-item mach-home${marks}`}
      role="treeitem"
      tabIndex={tabStop ? 0 : -1}
      aria-label={sentence}
      aria-selected={focused}
      data-path={path}
    >
      <title>{sentence}</title>
      <rect
        className="mach-home-body"
        x={box.x + 2}
        y={box.y}
        width={box.w - 4}
        height={box.h - 3}
      />
      {away && <Ghost {...box.token} {...(placeInGhost(box) ? {} : { name: vcpuName(row) })} />}
      {box.lines === 3 && (
        <HomeText row={row} box={box} away={away} threadsPerCore={threadsPerCore} />
      )}
      <rect className="mach-outline" x={box.x + 2} y={box.y} width={box.w - 4} height={box.h - 3} />
    </g>
  );
}

/** Width beside a home's token. */
const besideToken = ({ w }: HomeBox): number => w - TOKEN.w - 18;
/** A narrow home has no room beside: where its vcpu is stands in the place of the token. */
const placeInGhost = (box: HomeBox): boolean => box.lines === 3 && besideToken(box) < 40;

function HomeText({
  row,
  box,
  away,
  threadsPerCore,
}: Pick<HomeProps, 'row' | 'box' | 'away' | 'threadsPerCore'>) {
  const { x, y, w, token } = box;
  const state = stateOf(row);
  const beside = besideToken(box);
  const thread = threadPath(row.thread, threadsPerCore);
  const long = textWidth(thread, 'mono', FONT.small) > beside;
  const word = state === 'hypervisor' ? 'in KVM' : state; // which would not fit
  const place = away && row.thread >= 0 ? (long ? thread.replace('core', 'c') : thread) : word;
  const sleeps = row.waits === '' ? '' : `task on ${row.waits}`;
  const reason = away ? sleeps || state : sleeps || row.why;
  return (
    <>
      <text className="mach-dim" x={x + 7} y={y + 14}>
        {`thr ${row.thr}`}
      </text>
      {w >= 112 && (
        <text className="mach-dim" x={x + 42} y={y + 14}>
          {`vcore ${row.vcore}`}
        </text>
      )}
      {row.dpdes >= 0 && <Bells row={row} x={x + w - 34} y={y + 4} />}
      {beside >= 40 ? (
        <text
          className={away ? 'mach-dim is-mono' : 'mach-mode'}
          x={token.x + TOKEN.w + 6}
          y={token.y + 17}
        >
          {cutTo(place, beside, away ? 'mono' : 'sans', away ? FONT.small : FONT.normal)}
        </text>
      ) : (
        away && (
          <text className="mach-dim is-mono" x={token.x + 4} y={token.y + 17}>
            {cutTo(place, TOKEN.w - 4, 'mono', FONT.small)}
          </text>
        )
      )}
      <text className="mach-dim" x={x + 7} y={y + 60}>
        {cutTo(beside >= 40 || away ? reason : reason || state, w - 14, 'sans', FONT.small)}
      </text>
    </>
  );
}

/** doorbell_request and the saved dpdes of the vcore: two small bells, present when set. */
function Bells({ row, x, y }: { readonly row: VcpuRow; readonly x: number; readonly y: number }) {
  return (
    <>
      <g>
        <title>{`doorbell_request = ${row.doorbell_request}`}</title>
        <Bell x={x} y={y} on={row.doorbell_request > 0} />
      </g>
      <g>
        <title>{`saved vcore dpdes = ${row.dpdes}`}</title>
        <Bell x={x + 15} y={y} on={row.dpdes > 0} />
      </g>
    </>
  );
}
