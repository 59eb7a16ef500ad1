import { expect, test } from 'vitest';
import { makeLoaded } from '../scenario/testing/make.ts';
import { EVENT_KINDS, KIND } from '../trace/events.ts';
import { brokenRule } from './rules.ts';

test('what hardware says of a broken rule is a violation on the thread that it is about', () => {
  const { machine } = makeLoaded({ scenario: 'book3s-hv' });
  machine.hw.emit(KIND.partition_conflict, 2, 0, 319);
  machine.hw.emit(KIND.tlbie_conflict, 1, 0, 17);
  expect(machine.m.violations.map(({ id, where, why }) => [id, where, why])).toEqual([
    [
      'one-partition',
      'core0/t2',
      'thread 2 executes in the partition that thread 0 of its core replaces (SPR 319)',
    ],
    [
      'tlbie-in-flight',
      'core0/t1',
      'thread 1 changes the LPID in HID4 while the tlbie of thread 0 for LPID 17 is on its way',
    ],
  ]);
});

test('a core that is switched while a sibling may still be in the kernel breaks a rule', () => {
  const edit = { routine: 'kvmppc_grab_hwthread', remove: 'hwthread_req' };
  const { machine } = makeLoaded({ scenario: 'guest-smt' }, [edit]);
  machine.advance(1000);
  const broken = machine.m.violations.map(({ id, where, why }) => [id, where, why]);
  expect(broken).toEqual([
    [
      'one-partition',
      'core1/t1',
      'thread 5 executes in the partition that thread 4 of its core replaces (SPR 319)',
    ],
  ]);
});

test('no other event is one', () => {
  const rules = EVENT_KINDS.map((_, kind) => brokenRule(kind, 0, 0, 0)?.id).filter(Boolean);
  expect(rules).toEqual([
    ...['one-partition', 'one-partition', 'tlbie-in-flight', 'tlb-flushed', 'register-exists'],
  ]);
});
