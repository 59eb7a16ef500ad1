// The schedule policy `choices`: a list that says who goes next, found by an exploration (../explore). It begins at a
// step of the plain schedule. MODEL: while it is followed time stands still, so that only the list makes a timer due; a
// guest runs from one access to memory or control register to the next as one choice. Behind the list the clocks decide.
import { fail, type Result, succeed } from '../state/user-error.ts';
import type { Action } from './inputs.ts';

/** A hardware thread makes its next move, or an input comes. */
export type Choice = { readonly kind: 'thread'; readonly thread: number } | Action;

export interface Choices {
  /** Step of the plain schedule at which the list begins. */
  readonly from: number;
  readonly list: readonly Choice[];
}

/** Choices that a text may have: a link is no place for more. */
const MOST = 1_000_000;
const ITEM = /^([dhpx]?)(\d{1,3})(?:-(\d{1,6}))?$/;

/** Letters of the inputs that a list may have. */
const LETTERS = { dec: 'd', hdec: 'h', preempt: 'p', exit: 'x' } as const;

/** '1234:0-12,4,d1': from step 1234 on 12 moves of thread 0, one of thread 4, DEC of vcpu 1 expires. */
export function choicesText({ from, list }: Choices): string {
  const runs: { item: string; times: number }[] = [];
  for (const choice of list) {
    const item = itemText(choice);
    const last = runs.at(-1);
    if (last?.item === item) last.times += 1;
    else runs.push({ item, times: 1 });
  }
  return `${from}:${runs.map(({ item, times }) => (times > 1 ? `${item}-${times}` : item)).join(',')}`;
}

function itemText(choice: Choice): string {
  switch (choice.kind) {
    case 'thread':
      return String(choice.thread);
    case 'dec':
      return LETTERS.dec + choice.vcpu;
    case 'hdec':
    case 'preempt':
    case 'exit':
      return LETTERS[choice.kind] + choice.thread;
    default:
      throw new Error(`choicesText: '${choice.kind}' has no letter`);
  }
}

/** Reads what `choicesText` wrote. */
export function readChoices(text: string): Result<Choices> {
  const [, from, items] = /^(\d{1,10}):(.*)$/.exec(text) ?? [];
  if (from === undefined || items === undefined) return wrong('it does not begin with <step>:');
  const list: Choice[] = [];
  for (const item of items === '' ? [] : items.split(',')) {
    const [, letter = '', number = '', times = '1'] = ITEM.exec(item) ?? [];
    if (number === '') return wrong(`'${item}' is no choice`);
    if (list.length + Number(times) > MOST) return wrong(`it has more than ${MOST} choices`);
    const choice = choiceOf(letter, Number(number));
    for (let i = 0; i < Number(times); i++) list.push(choice);
  }
  return succeed({ from: Number(from), list });
}

function choiceOf(letter: string, number: number): Choice {
  switch (letter) {
    case LETTERS.dec:
      return { kind: 'dec', vcpu: number };
    case LETTERS.hdec:
      return { kind: 'hdec', thread: number };
    case LETTERS.preempt:
      return { kind: 'preempt', thread: number };
    case LETTERS.exit:
      return { kind: 'exit', thread: number };
    default:
      return { kind: 'thread', thread: number };
  }
}

function wrong(why: string): Result<never> {
  return fail(
    'BAD_CHOICES',
    `The list of choices cannot be read: ${why}.`,
    "Write it like '1234:0-12,4,d1': thread 0 twelve times, thread 4, DEC of vcpu 1.",
  );
}
