import { expect, test } from 'vitest';
import { PPC970_INVARIANTS } from './invariants-970.ts';
import { makeLoaded } from './testing/make.ts';
import { type Mutation, untested, violations } from './testing/mutations.ts';

/** One line of the model broken on purpose; only the invariant of that name may notice it. */
const MUTATIONS: readonly Mutation[] = [
  [
    'the exit leaves SDR1 of the guest behind',
    'hid4-partition',
    "thread 0 runs the host with a guest's SDR1",
    { routine: 'hdec_soon', remove: 'sdr1' },
  ],
  [
    'the exit keeps the lock of the host',
    'tlbie-locks',
    'thread 0 still holds native_tlbie_lock',
    { routine: 'hdec_soon', remove: 'native_tlbie_unlock' },
  ],
  [
    'the exit leaves HDEC enabled',
    'host-timers',
    'thread 0 is in the host with HDICE=1',
    { routine: 'hdec_soon', remove: 'hdice' },
  ],
  [
    'the exit forgets DEC',
    'guest-dec',
    'dec_expires of vcpu 0 is',
    { routine: 'guest_exit_cont', remove: 'dec_expires' },
  ],
];

test.each(MUTATIONS)('when %s, exactly %s fires: %s', (_, id, why, mutation) => {
  expect(violations(makeLoaded({ scenario: 'ppc970' }, [mutation]), 3000)).toEqual({
    [id]: expect.stringContaining(why),
  });
});

test('every invariant of the PowerPC 970 has a mutation that makes it fire', () => {
  expect(untested(PPC970_INVARIANTS, MUTATIONS)).toEqual([]);
});
