import { describe, expect, it } from 'vitest';
import { make } from '../state/schema.ts';
import { readUart, receiveByte, UART16550, uartInterrupts, writeUart } from './uart16550.ts';

/** A port, with what it has sent. */
function port() {
  const uart = make(UART16550);
  const sent: number[] = [];
  return {
    uart,
    sent,
    read: (offset: number) => readUart(uart, offset),
    write: (offset: number, value: number) =>
      writeUart(uart, offset, value, (byte) => sent.push(byte)),
  };
}

describe('16550', () => {
  it('sends what is written to THR, and is ready for more at once', () => {
    const { read, write, sent } = port();
    for (const byte of [0x48, 0x69]) {
      expect(read(5)).toBe(0x60);
      write(0, byte);
    }
    expect(sent).toEqual([0x48, 0x69]);
  });

  it('DLAB puts the divisor in place of data and interrupt enable', () => {
    const { read, write, sent } = port();
    write(1, 5);
    write(3, 0x83);
    write(0, 0x34);
    write(1, 0x12);
    expect([read(0), read(1), read(3)]).toEqual([0x34, 0x12, 0x83]);
    write(3, 0x03);
    expect([read(0), read(1)]).toEqual([0, 5]);
    expect(sent).toEqual([]);
  });

  it('keeps IER, MCR and SCR by their bits and ignores writes to LSR and MSR', () => {
    const { read, write } = port();
    for (const register of [1, 4, 5, 6, 7]) write(register, 0xe7);
    expect([1, 4, 5, 6, 7].map(read)).toEqual([0x07, 0x07, 0x60, 0xb0, 0xe7]);
  });

  it('gives received bytes in order, one without FIFO, and tells what was lost once', () => {
    const { uart, read } = port();
    receiveByte(uart, 1);
    receiveByte(uart, 2);
    expect(read(5)).toBe(0x63);
    expect(read(5)).toBe(0x61);
    expect([read(0), read(5), read(0)]).toEqual([1, 0x60, 0]);
  });

  it('holds sixteen bytes with the FIFO, which IIR shows and FCR empties', () => {
    const { uart, read, write } = port();
    write(2, 1);
    expect(read(2)).toBe(0xc1);
    for (let i = 0; i < 17; i++) receiveByte(uart, i);
    expect(read(5)).toBe(0x63);
    expect(Array.from({ length: 17 }, () => read(0))).toEqual([...Array(16).keys(), 0]);
    receiveByte(uart, 7);
    write(2, 3);
    expect(read(5)).toBe(0x60);
  });

  it('interrupts by line status, received data and empty transmitter, in this order', () => {
    const { uart, read, write } = port();
    expect(uartInterrupts(uart)).toBe(false);
    write(1, 7);
    receiveByte(uart, 1);
    receiveByte(uart, 2);
    expect(read(2)).toBe(6);
    read(5);
    expect(read(2)).toBe(4);
    read(0);
    expect(uartInterrupts(uart)).toBe(true);
    expect(read(2)).toBe(2);
    expect(uartInterrupts(uart)).toBe(false); // reading IIR has answered the last
    expect(read(2)).toBe(1);
    write(0, 0x41);
    expect(read(2)).toBe(2);
  });

  it('in loop mode receives what it sends and sees its own modem control', () => {
    const { read, write, sent } = port();
    write(4, 0x1a);
    expect(read(6)).toBe(0x90); // how Linux finds a 8250
    write(4, 0x15);
    expect(read(6)).toBe(0x60);
    write(0, 0x55);
    expect(read(0)).toBe(0x55);
    expect(sent).toEqual([]);
  });
});
