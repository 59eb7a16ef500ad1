// On a large machine tokens are painted where they are now; one that has just changed its place flies there once, first
// across, then up or down. CSS does the moving, so reduced motion leaves it out.
import { type CSSProperties, useState } from 'react';
import { vcpuPath } from '../entity.ts';
import { TOKEN, Token } from '../marks/marks.tsx';
import { stateOf, type VcpuRow } from './face.ts';
import type { TokenPlace } from './Tokens.tsx';

interface Flight {
  readonly key: string;
  readonly row: VcpuRow;
  readonly from: TokenPlace;
  readonly to: TokenPlace;
}

interface Seen {
  readonly vcpus: readonly VcpuRow[];
  readonly places: readonly TokenPlace[];
  readonly flights: readonly Flight[];
}

/** Tokens that are somewhere else than in the picture before. A new layout moves everything, and so nothing. */
export function flightsOf(before: Omit<Seen, 'flights'>, now: Omit<Seen, 'flights'>): Flight[] {
  return now.vcpus.flatMap((row, i) => {
    const [from, to] = [before.places[i], now.places[i]];
    const same = before.vcpus[i]?.vcpu === row.vcpu && before.vcpus[i]?.vm === row.vm;
    if (!from || !to || !same || (from.x === to.x && from.y === to.y)) return [];
    return [
      { key: `${vcpuPath(row.vm, row.vcpu)} ${from.x} ${from.y} ${to.x} ${to.y}`, row, from, to },
    ];
  });
}

/** `layout` is anything that is another object when the layout is another one. */
export function Flights(props: {
  readonly vcpus: readonly VcpuRow[];
  readonly places: readonly TokenPlace[];
  readonly layout: object;
}) {
  const { vcpus, places, layout } = props;
  const [seen, setSeen] = useState<Seen & { readonly layout: object }>({ ...props, flights: [] });
  if (seen.vcpus !== vcpus || seen.layout !== layout) {
    const flights = seen.layout === layout ? flightsOf(seen, props) : [];
    setSeen({ vcpus, places, layout, flights });
  }
  return (
    <svg aria-hidden="true" className="mach-over">
      {seen.flights.map(({ key, row, from, to }) => (
        <g key={key} transform={`translate(${to.x} ${to.y})`}>
          <g
            className="mach-flight"
            style={{ '--dx': `${from.x - to.x}px`, '--dy': `${from.y - to.y}px` } as CSSProperties}
          >
            <rect className="mach-flight-back" width={TOKEN.w} height={TOKEN.h} />
            <Token x={0} y={0} vm={row.vm} vcpu={row.vcpu} thr={row.thr} state={stateOf(row)} />
          </g>
        </g>
      ))}
    </svg>
  );
}
