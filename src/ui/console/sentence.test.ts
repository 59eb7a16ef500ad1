import { describe, expect, test } from 'vitest';
import { CATALOGUE, EVENTS, event } from '../../../e2e/fixtures/picture.ts';
import { EVENT_KINDS } from '../../sim/trace/events.ts';
import { eventEntity, sentence } from './sentence.ts';

const names = { tasks: ['swapper/0', 'CPU 0/KVM'], invariants: ['no-oops'] };
const WORDS = { ...CATALOGUE, names };

describe('the sentence of an event', () => {
  test('addresses are hexadecimal, counts are decimal', () => {
    const entry = event(1, 'kvm_guest_enter', { thread: 1, vcpu: 2, a: 0xa00 });
    expect(sentence(entry, WORDS)).toBe('vcpu 2 enters the guest on thread 1 at 0xA00');
    const change = event(1, 'partition_switch', { thread: 3, a: 0, b: 10 });
    expect(sentence(change, WORDS)).toBe('thread 3: LPID 0 to 10');
  });

  test('tasks have the names that the host gives them; one without is known by its number', () => {
    const change = event(1, 'sched_switch', { thread: 0, a: 1, b: 0 });
    expect(sentence(change, WORDS)).toBe('thread 0: CPU 0/KVM to swapper/0');
    const wakeup = event(1, 'sched_wakeup', { thread: 3, a: 7, b: 1 });
    expect(sentence(wakeup, WORDS)).toBe('thread 3 wakes task 7 on thread 1');
  });

  test('an invariant that did not hold has its id', () => {
    expect(sentence(event(1, 'violation', { a: 0 }), WORDS)).toBe(
      'invariant no-oops does not hold',
    );
  });

  test('a 52-bit argument keeps all its digits', () => {
    const entry = event(1, 'kvm_guest_enter', { thread: 0, vcpu: 0, a: 0xf_ffff_ffff_fff1 });
    expect(sentence(entry, WORDS)).toContain('0xFFFFFFFFFFFF1');
  });

  test('a console character is shown as itself, a line end as its escape', () => {
    const words = (a: number) => sentence(event(1, 'console', { a }), WORDS);
    expect(words(0x52)).toBe('console: "R"');
    expect(words(10)).toBe('console: "\\n"');
  });

  test('no template of the vocabulary leaves a place unfilled', () => {
    for (const [kind] of EVENT_KINDS.entries()) {
      const text = sentence({ step: 0, cycle: 0, kind, thread: 1, vcpu: 2, a: 0, b: 0 }, WORDS);
      expect(text).not.toMatch(/[{}]|undefined|NaN/);
    }
  });

  test('a kind that the catalogue does not know is given by its number', () => {
    expect(sentence({ ...event(1, 'cede'), kind: 999 }, WORDS)).toBe('event of kind 999');
  });
});

describe('the entity of an event', () => {
  test('is the one that the sentence names first', () => {
    expect(EVENTS.map((e) => eventEntity(e, WORDS))).toEqual([
      'core0/t1', // thread 1 goes on
      'core0/t1', // thread 1: LPID 0 to 1
      'vm1/vcpu1', // vcpu 1 enters the guest on thread 1
      'vm1/vcpu1', // vcpu 1: msgsndp
      'vm1/vcpu2', // vcpu 2: doorbell_request, written by thread 1
      'core0/t1', // thread 1 rings thread 2
      'vm1/vcpu0',
    ]);
  });

  test('is nobody when the event concerns the whole machine', () => {
    expect(eventEntity(event(1, 'power_off'), WORDS)).toBe('');
  });
});
