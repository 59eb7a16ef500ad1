// A small timer and clock on the memory bus: the registers of the Goldfish RTC, 32 bits each, little-endian.
// Source: QEMU hw/rtc/goldfish_rtc.c. MODEL: it counts time-base ticks, not nanoseconds, and raises no interrupt: a program
// looks at ALARM_STATUS.
import { count, flag, type RecordOf, record, word } from '../state/schema.ts';

export const TIMER = record('timer', {
  time_high: word('TIME_LOW', 'upper half of the time of the last read of TIME_LOW'),
  alarm_high: word('the guest', 'upper half of the next alarm'),
  alarm: count('ALARM_LOW', 'time at which it goes off'),
  armed: flag('ALARM_LOW; CLEAR_ALARM', 'the alarm is set'),
});
export type Timer = RecordOf<typeof TIMER>;

/** Bytes of address space that the registers take. */
export const TIMER_BYTES = 0x20;
const REG = {
  TIME_LOW: 0x00,
  TIME_HIGH: 0x04,
  ALARM_LOW: 0x08,
  ALARM_HIGH: 0x0c,
  CLEAR_ALARM: 0x14,
  ALARM_STATUS: 0x18,
} as const;
const LOW = 2 ** 32;

/** Reads the register at `offset` at time `now`; ALARM_STATUS is 1 until the alarm has gone off. */
export function readTimer(timer: Timer, offset: number, now: number): number {
  switch (offset) {
    case REG.TIME_LOW:
      timer.time_high = Math.floor(now / LOW);
      return now % LOW;
    case REG.TIME_HIGH:
      return timer.time_high;
    case REG.ALARM_LOW:
      return timer.alarm % LOW;
    case REG.ALARM_HIGH:
      return timer.alarm_high;
    case REG.ALARM_STATUS:
      return timer.armed && timer.alarm > now ? 1 : 0;
    default:
      return 0;
  }
}

/** Writes the register at `offset`; a write to ALARM_LOW sets the alarm. */
export function writeTimer(timer: Timer, offset: number, value: number): void {
  if (offset === REG.ALARM_HIGH)
    timer.alarm_high = value & 0x1fffff; // time stays below 2^53
  else if (offset === REG.ALARM_LOW) {
    timer.alarm = timer.alarm_high * LOW + value;
    timer.armed = 1;
  } else if (offset === REG.CLEAR_ALARM) timer.armed = 0;
}
