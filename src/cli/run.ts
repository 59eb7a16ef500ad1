// `sim run`: runs a scenario to its end or to a step and reports checks, violations and counters.
import { PRESETS, switched } from '../sim/kvm/patch-sets.ts';
import { PATCHES } from '../sim/kvm/patches/index.ts';
import { loadScenario } from '../sim/scenario/index.ts';
import { type Report, report } from '../sim/scenario/report.ts';
import type { LoadSpec } from '../sim/scenario/scenario.ts';
import { Usage } from './usage.ts';

interface Options {
  readonly spec: LoadSpec;
  readonly until: number;
  readonly json: boolean;
}

/** Returns the exit code: 0 no check is broken and nothing violated, 1 otherwise. Bad usage throws. */
export function run(args: readonly string[]): number {
  const { spec, until, json } = parse(args);
  const loaded = loadScenario(spec);
  if (!loaded.ok) {
    throw new Usage([loaded.error.message, loaded.error.hint].filter(Boolean).join(' '));
  }
  loaded.value.machine.advance(until);
  const result = report(loaded.value);
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : text(result));
  const broken = result.checks.some((check) => !check.ok && !check.open);
  return broken || result.violations.length > 0 ? 1 : 0;
}

function parse(args: readonly string[]): Options {
  const rest = [...args];
  let scenario = '';
  let cpu = '';
  let seed = 0;
  let choices = '';
  let until = Number.POSITIVE_INFINITY;
  let json = false;
  let off: string[] = [];
  const value = (name: string): string => {
    const next = rest.shift();
    if (next === undefined) throw new Usage(`${name} needs a value`);
    return next;
  };
  while (rest.length > 0) {
    const arg = rest.shift() ?? '';
    if (arg === '--json') json = true;
    else if (arg === '--cpu') cpu = value(arg);
    else if (arg === '--seed') seed = whole(arg, value(arg));
    else if (arg === '--choices') choices = value(arg);
    else if (arg === '--until') {
      const text = value(arg);
      until = text === 'end' ? Number.POSITIVE_INFINITY : whole(arg, text);
    } else if (arg === '--patch') {
      for (const item of value(arg).split(',')) {
        const { id, on } = patchOf(item);
        off = switched(off, id, on);
      }
    } else if (arg.startsWith('-')) throw new Usage(`unknown option '${arg}'`);
    else if (scenario) throw new Usage(`one scenario at a time: '${scenario}' and '${arg}'`);
    else scenario = arg;
  }
  if (!scenario) throw new Usage('run needs a scenario');
  return { spec: { scenario, cpu, off, seed, ...(choices && { choices }) }, until, json };
}

function patchOf(item: string): { id: string; on: boolean } {
  const [id = '', state = ''] = item.split(':');
  if (state !== 'on' && state !== 'off')
    throw new Usage(`--patch needs ID:on or ID:off, not '${item}'`);
  const known = [...PATCHES, ...PRESETS].map((patch) => patch.id);
  if (!known.includes(id)) throw new Usage(`there is no patch '${id}'; known: ${known.join(', ')}`);
  return { id, on: state === 'on' };
}

function whole(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Usage(`${name} needs a whole number, not '${text}'`);
  return Number(text);
}

function text({ position, hash, checks, violations, counters, console }: Report): string {
  const lines = [
    `step ${position.step}, model cycle ${position.cycle} (${position.ended || 'not ended'}), hash ${hash}`,
    ...checks.map(
      (check) =>
        `${check.ok ? 'ok  ' : check.open ? 'open' : 'FAIL'} ${check.name}${check.why ? `: ${check.why}` : ''}`,
    ),
    ...violations.map((v) => `violation at step ${v.step}: ${v.id}: ${v.why} (${v.where})`),
    ...Object.entries(counters).map(
      ([name, n]) => `${name} ${typeof n === 'number' ? n : JSON.stringify(n)}`,
    ),
    'console:',
    console,
  ];
  return `${lines.join('\n')}\n`;
}
