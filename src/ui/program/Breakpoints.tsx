// The list of breakpoints: where runs stop, with a way there and a way to remove each.
import { Icon } from '../transport/Icon.tsx';
import type { BreakpointRow, ProgramViewProps } from './ProgramView.tsx';

interface BreakpointsProps {
  readonly rows: readonly BreakpointRow[];
  readonly onShow: ProgramViewProps['onShow'];
  readonly onRemove: ProgramViewProps['onRemove'];
}

export function Breakpoints({ rows, onShow, onRemove }: BreakpointsProps) {
  if (rows.length === 0) return null;
  return (
    <section className="program-breakpoints" aria-label="Breakpoints">
      <h3>Breakpoints: a run stops before</h3>
      <ul>
        {rows.map((row) => {
          const place = row.line > 0 ? `line ${row.line}` : `0x${row.address.toString(16)}`;
          return (
            <li key={row.address.toString(16)} className={row.here === 1 ? 'is-here' : ''}>
              <button
                type="button"
                aria-label={`Show the breakpoint at ${place}, ${row.symbol}${row.here === 1 ? ': the next step executes it' : ''}`}
                onClick={() => onShow(row)}
              >
                <svg viewBox="0 0 14 14" aria-hidden="true">
                  <path
                    className="program-octagon"
                    d="M4.5 1H9.5L13 4.5V9.5L9.5 13H4.5L1 9.5V4.5Z"
                  />
                </svg>
                <span className="program-place">{place}</span>
                <span>{row.symbol}</span>
                <code>{row.text}</code>
              </button>
              <button
                type="button"
                className="button is-icon"
                aria-label={`Remove the breakpoint at ${place}`}
                onClick={() => onRemove(row)}
              >
                <Icon name="close" />
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
