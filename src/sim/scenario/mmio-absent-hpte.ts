// mmio-absent-hpte: a driver reaches its devices through absent entries (scenarios.md, seed 002, kernel commit 697d3899).

import { FORMS, MMIO_DRIVER, UART_TEXT } from '../guest/mmio-driver.ts';
import { processAt } from '../vmm/process.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { guestWord, HOLDS, powersOff } from './checks.ts';
import { hptChecks, memoryScenario } from './memory-checks.ts';
import type { Check, Scenario } from './scenario.ts';

const broken = (why: string) => ({ why, where: 'vm1/vcpu0' });

/** A word of the guest has reached a value. */
const reaches = (
  name: string,
  what: string,
  symbol: string,
  value: number,
  why: (now: number) => string,
): Check<Monitor> => ({
  name,
  what,
  goal: true,
  needs: [symbol, 'wrong_values'],
  test: (m, symbols) => {
    if (guestWord(m, symbols.get('wrong_values') ?? 0n) !== 0)
      return broken('the guest loaded something else than it should');
    const now = guestWord(m, symbols.get(symbol) ?? 0n);
    return now === value ? HOLDS : broken(why(now));
  },
});

const checks: readonly Check<Monitor>[] = [
  powersOff,
  reaches(
    'device-found',
    'the driver maps its device, and what it stores there comes back',
    'found',
    1,
    () => 'the driver has not found its device',
  ),
  {
    name: 'prints-by-mmio',
    what: 'what the driver stores to the serial port is on the console',
    goal: true,
    needs: [],
    test: (m) => {
      const { console, uart } = processAt(m.k, 0).vmm;
      return console.includes(UART_TEXT) && uart.sent === UART_TEXT.length
        ? HOLDS
        : broken(`${uart.sent} of ${UART_TEXT.length} characters so far`);
    },
  },
  reaches(
    'timer-goes-off',
    'the alarm of the timer goes off at its time',
    'alarms',
    1,
    () => 'no alarm so far',
  ),
  reaches(
    'loads-completed',
    'loads with sign extension, byte reversal, update and to floating-point registers are completed',
    'forms',
    FORMS,
    (now) => `${now} of ${FORMS} loaded values compared so far`,
  ),
  {
    name: 'nobody-there',
    what: 'where no device is, loads get ones, stores are dropped, and each access is noted',
    goal: true,
    needs: [],
    test: (m) => {
      const { unclaimed } = processAt(m.k, 0).vmm;
      return unclaimed === 3 ? HOLDS : broken(`${unclaimed} of 3 such accesses so far`);
    },
  },
  ...hptChecks,
];

export const MMIO_ABSENT_HPTE: Scenario<Monitor> = memoryScenario({
  id: 'mmio-absent-hpte',
  title: 'Devices behind absent entries',
  summary:
    'A driver enters pages that are no memory. The hypervisor makes absent entries of them; each access comes to it, is decoded, and goes to user space, where a serial port and a timer answer.',
  guest: MMIO_DRIVER,
  devices: { mmio: true },
  patches: ['mmio-absent-hpte'],
  opens: (m) => m.k.kvm.vcpus.some(({ mmio_needed }) => mmio_needed === 1),
  checks,
  offShows: {
    'mmio-absent-hpte': [
      'device-found',
      'prints-by-mmio',
      'timer-goes-off',
      'loads-completed',
      'nobody-there',
    ],
  },
});
