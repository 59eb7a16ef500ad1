// The event log: one sentence per event, newest last; a click goes to its step and focuses whom it is about.
import { memo, useMemo, useState } from 'react';
import { moveAmongRows } from '../rows.ts';
import { useFollowEnd } from './follow-end.ts';
import { type EventRow, eventEntity, sentence, type Words } from './sentence.ts';

/** Which events are listed: all, those between agents, or guest entries, exits and partition switches. */
export const MARKS = ['all', 'cross', 'phase'] as const;
export type Mark = (typeof MARKS)[number];

export interface EventLogProps {
  readonly words: Words;
  /** Oldest first. */
  readonly events: readonly EventRow[];
  /** Where the machine is: events of the step that led here are marked. */
  readonly position: number;
  readonly running: boolean;
  readonly focus: string;
  readonly hover: string;
  readonly onGoto: (step: number) => void;
  readonly onFocus: (path: string) => void;
  readonly onHover: (path: string) => void;
}

/** Rows drawn at rest, and while the machine runs, when only the last ones can be read. */
const MOST_ROWS = 400;
const MOST_ROWS_RUNNING = 60;

const MARK_TITLES: Readonly<Record<Mark, string>> = {
  all: 'Every event',
  cross: 'What one agent does to another: IPI, doorbell, hcall, interrupt, state change',
  phase: 'Guest entry, guest exit, partition switch',
};

export function EventLog(props: EventLogProps) {
  const { words, events, position, running, focus, hover } = props;
  const [mark, setMark] = useState<Mark>('all');
  const [text, setText] = useState('');
  const [active, setActive] = useState('');
  const rows = useMemo(
    () => logRows(events, words, mark, text).slice(-(running ? MOST_ROWS_RUNNING : MOST_ROWS)),
    [events, words, mark, text, running],
  );
  const follow = useFollowEnd<HTMLDivElement>(rows);
  const tabStop = rows.some((row) => row.key === active) ? active : rows.at(-1)?.key;
  return (
    <section className="console-log" aria-label="Event log">
      <header className="console-bar">
        <h2>Events</h2>
        <div className="console-marks" role="radiogroup" aria-label="Events listed">
          {MARKS.map((name) => (
            <label key={name} title={MARK_TITLES[name]}>
              <input
                type="radio"
                name="console-mark"
                checked={mark === name}
                onChange={() => setMark(name)}
              />
              {name}
            </label>
          ))}
        </div>
        <input
          type="search"
          aria-label="Filter events by words"
          placeholder="filter"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </header>
      {rows.length === 0 ? (
        <p className="console-hint">{emptyHint(events.length)}</p>
      ) : (
        <div className="console-scroll" data-scroller {...follow}>
          <ol onKeyDown={moveAmongRows} aria-label="Events, newest last">
            {rows.map((row) => (
              <Line
                key={row.key}
                row={row}
                tabStop={row.key === tabStop}
                outlined={row.entity !== '' && row.entity === hover}
                focused={row.entity !== '' && row.entity === focus}
                now={row.position === position}
                onActive={setActive}
                {...props}
              />
            ))}
          </ol>
        </div>
      )}
    </section>
  );
}

/** A line of the log. */
export interface LogRow {
  readonly key: string;
  /** Position just after the step that emitted the event, where its effect can be seen. */
  readonly position: number;
  readonly cycle: number;
  /** Name of the kind, as the kvm_hv tracepoints have it. */
  readonly name: string;
  readonly mark: Mark;
  readonly text: string;
  readonly entity: string;
}

/** The lines that pass the filters; every word of `filter` must occur in the sentence, kind or entity. */
export function logRows(
  events: readonly EventRow[],
  words: Words,
  mark: Mark,
  filter: string,
): LogRow[] {
  const wanted = filter.toLowerCase().split(/\s+/);
  let within = 0;
  let last = Number.NaN;
  return events
    .map((event): LogRow => {
      const kind = words.eventKinds[event.kind];
      within = event.step === last ? within + 1 : 0;
      last = event.step;
      return {
        key: `${event.step} ${within}`,
        position: event.step + 1,
        cycle: event.cycle,
        name: kind?.name ?? '',
        mark: kind?.phase ? 'phase' : kind?.cross ? 'cross' : 'all',
        text: sentence(event, words),
        entity: eventEntity(event, words),
      };
    })
    .filter(
      (row) => mark === 'all' || row.mark === mark || (mark === 'cross' && row.mark === 'phase'),
    )
    .filter((row) => {
      const all = `${row.text} ${row.name} ${row.entity}`.toLowerCase();
      return wanted.every((word) => all.includes(word));
    });
}

interface LineProps extends Pick<EventLogProps, 'onGoto' | 'onFocus' | 'onHover'> {
  readonly row: LogRow;
  readonly tabStop: boolean;
  readonly outlined: boolean;
  readonly focused: boolean;
  readonly now: boolean;
  readonly onActive: (key: string) => void;
}

const Line = memo(
  function Line({ row, tabStop, outlined, focused, now, onActive, ...act }: LineProps) {
    const { position, cycle, text, entity, mark } = row;
    return (
      <li
        className={`console-line is-${mark}${outlined ? ' is-hover' : ''}${focused ? ' is-focus' : ''}`}
        aria-current={now ? 'step' : undefined}
      >
        <button
          type="button"
          data-row
          tabIndex={tabStop ? 0 : -1}
          title={`${row.name}. Go to position ${position}${entity === '' ? '' : ` and focus ${entity}`}`}
          onFocus={() => onActive(row.key)}
          onPointerEnter={() => act.onHover(entity)}
          onPointerLeave={() => act.onHover('')}
          onClick={() => {
            act.onGoto(position);
            if (entity !== '') act.onFocus(entity);
          }}
        >
          <span className="console-position">{position}</span>
          <span className="console-cycle">{Math.round(cycle)}</span>
          <span className="console-entity">{entity}</span>
          <span className="console-text">{text}</span>
        </button>
      </li>
    );
  },
  (a, b) =>
    a.row.key === b.row.key &&
    a.row.text === b.row.text &&
    a.row.cycle === b.row.cycle &&
    a.tabStop === b.tabStop &&
    a.outlined === b.outlined &&
    a.focused === b.focused &&
    a.now === b.now,
);

const emptyHint = (events: number): string =>
  events === 0
    ? 'Nothing has happened yet. Run or step: entries, exits, doorbells, hcalls and wake-ups appear here.'
    : 'No event passes the filter.';
