// Reads what a benchmark needs out of a Chromium trace. Times in a trace are microseconds.

/** An event of the trace: a span ('X', or 'b' to 'e') or an instant. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Processor time of a span; less than its length while the thread had to wait for a processor. */
  readonly tdur?: number;
}

export interface Trace {
  readonly traceEvents: readonly TraceEvent[];
}

export function readTrace(json: Buffer): Trace {
  return JSON.parse(json.toString('utf8')) as Trace;
}

/** Milliseconds that the measures of this name took. */
export function lengths({ traceEvents }: Trace, name: string): number[] {
  const of = (phase: string) => traceEvents.filter((e) => e.name === name && e.ph === phase);
  const ends = of('e');
  return of('b').flatMap((begin, i) => {
    const end = ends[i];
    return end ? [(end.ts - begin.ts) / 1000] : [];
  });
}

/** Milliseconds between marks of this name. */
export function intervals(trace: Trace, name: string): number[] {
  const marks = marksOf(trace, name);
  return marks.slice(1).map((mark, i) => (mark.ts - (marks[i]?.ts ?? 0)) / 1000);
}

/**
 * Milliseconds of processor time that the thread of the marks spent from the task in which each mark lies to the
 * task before that of the next mark.
 */
export function costPerMark(trace: Trace, name: string): number[] {
  const marks = marksOf(trace, name);
  const [first] = marks;
  const tasks = trace.traceEvents
    .filter((e) => e.name === 'RunTask' && e.pid === first?.pid && e.tid === first.tid)
    .sort((a, b) => a.ts - b.ts);
  const taskOf = (ts: number) => tasks.findLastIndex((task) => task.ts <= ts);
  const starts = marks.map((mark) => taskOf(mark.ts));
  return starts.slice(1).map((next, i) => {
    const cost = tasks.slice(starts[i], next).reduce((sum, task) => sum + (task.tdur ?? 0), 0);
    return cost / 1000;
  });
}

function marksOf({ traceEvents }: Trace, name: string): TraceEvent[] {
  return traceEvents.filter((e) => e.name === name && e.ph !== 'e').sort((a, b) => a.ts - b.ts);
}
