// A 16550A serial port: eight byte-wide registers. What is sent leaves at once, so the transmitter is always empty; there
// is no bit rate. Source: PC16550D data sheet, section 8 (registers), as firmware and Linux' 8250 driver use it.
import { count, data, flag, type RecordOf, record, word } from '../state/schema.ts';

const BY = 'the program';
export const UART16550 = record('uart16550', {
  ier: word(
    BY,
    'interrupt enable: 0 received data, 1 transmitter empty, 2 line status, 3 modem status',
  ),
  lcr: word(BY, 'line control; bit 7 (DLAB) puts the divisor in place of data and IER'),
  mcr: word(BY, 'modem control; bit 4 loops what is sent back'),
  scr: word(BY, 'scratch'),
  divisor: word(BY, 'clock divisor DLM << 8 | DLL; it does nothing', 12),
  fifo: flag(BY, 'FCR bit 0: 16 bytes are held instead of one'),
  received: data<readonly number[]>('the line', 'bytes that RBR will give, oldest first', () => []),
  overrun: flag('the line', 'a byte was lost (LSR bit 1), until LSR is read'),
  emptied: flag('THR, IER; IIR', 'the transmitter has become empty and IIR has not told yet', 1),
  sent: count(BY, 'bytes sent on the line'),
});
export type Uart16550 = RecordOf<typeof UART16550>;

/** Bytes of address space that the registers take. */
export const UART_BYTES = 8;
const FIFO_BYTES = 16;

const REG = { DATA: 0, IER: 1, IIR_FCR: 2, LCR: 3, MCR: 4, LSR: 5, MSR: 6, SCR: 7 } as const;
const LCR_DLAB = 0x80;
const MCR = { DTR: 1, RTS: 2, OUT1: 4, OUT2: 8, LOOP: 16 } as const;
const LSR = { DR: 1, OE: 2, THRE: 0x20, TEMT: 0x40 } as const;
const MSR = { CTS: 0x10, DSR: 0x20, RI: 0x40, DCD: 0x80 } as const;
const IER = { RX: 1, TX: 2, LINE: 4 } as const;
/** IIR bits 0-3 by source, in order of priority; bits 6 and 7 say that the FIFOs are on. */
const IIR = { NONE: 1, LINE: 6, RX: 4, TX: 2, FIFO: 0xc0 } as const;
const FCR = { ENABLE: 1, CLEAR_RX: 2 } as const;

/** Reads register `offset` (0-7); reading RBR, LSR and IIR changes the device. */
export function readUart(uart: Uart16550, offset: number): number {
  const dlab = (uart.lcr & LCR_DLAB) !== 0;
  switch (offset) {
    case REG.DATA:
      return dlab ? uart.divisor & 0xff : readReceived(uart);
    case REG.IER:
      return dlab ? uart.divisor >> 8 : uart.ier;
    case REG.IIR_FCR: {
      const source = interruptSource(uart);
      if (source === IIR.TX) uart.emptied = 0;
      return source | (uart.fifo ? IIR.FIFO : 0);
    }
    case REG.LCR:
      return uart.lcr;
    case REG.MCR:
      return uart.mcr;
    case REG.LSR: {
      const overrun = uart.overrun ? LSR.OE : 0;
      uart.overrun = 0;
      return LSR.THRE | LSR.TEMT | overrun | (uart.received.length > 0 ? LSR.DR : 0);
    }
    case REG.MSR:
      return modemStatus(uart.mcr);
    default:
      return uart.scr;
  }
}

/** Writes register `offset` (0-7); a byte for the line goes to `send`. */
export function writeUart(
  uart: Uart16550,
  offset: number,
  value: number,
  send: (byte: number) => void,
): void {
  const dlab = (uart.lcr & LCR_DLAB) !== 0;
  switch (offset) {
    case REG.DATA:
      if (dlab) uart.divisor = (uart.divisor & 0xff00) | value;
      else transmit(uart, value, send);
      break;
    case REG.IER:
      if (dlab) uart.divisor = (uart.divisor & 0xff) | (value << 8);
      else {
        // Enabling the transmitter's interrupt while it is empty raises it.
        if ((value & ~uart.ier & IER.TX) !== 0) uart.emptied = 1;
        uart.ier = value & 0xf;
      }
      break;
    case REG.IIR_FCR:
      if ((value & FCR.CLEAR_RX) !== 0 || (value & FCR.ENABLE) !== uart.fifo) uart.received = [];
      uart.fifo = value & FCR.ENABLE;
      break;
    case REG.LCR:
      uart.lcr = value;
      break;
    case REG.MCR:
      uart.mcr = value & 0x1f;
      break;
    case REG.SCR:
      uart.scr = value;
      break;
    // LSR and MSR are read-only.
  }
}

/** A byte arrives from the line; one that finds no place is lost. */
export function receiveByte(uart: Uart16550, byte: number): void {
  if (uart.received.length < (uart.fifo ? FIFO_BYTES : 1)) uart.received = [...uart.received, byte];
  else uart.overrun = 1;
}

/** The state of the interrupt line. */
export function uartInterrupts(uart: Uart16550): boolean {
  return interruptSource(uart) !== IIR.NONE;
}

function interruptSource({ ier, overrun, received, emptied }: Uart16550): number {
  if ((ier & IER.LINE) !== 0 && overrun) return IIR.LINE;
  if ((ier & IER.RX) !== 0 && received.length > 0) return IIR.RX;
  if ((ier & IER.TX) !== 0 && emptied) return IIR.TX;
  return IIR.NONE;
}

function transmit(uart: Uart16550, byte: number, send: (byte: number) => void): void {
  uart.emptied = 1;
  if ((uart.mcr & MCR.LOOP) !== 0) receiveByte(uart, byte);
  else {
    uart.sent += 1;
    send(byte);
  }
}

function readReceived(uart: Uart16550): number {
  const [first = 0, ...rest] = uart.received;
  uart.received = rest;
  return first;
}

/** A terminal is always ready; in loop mode the modem control outputs come back. */
function modemStatus(mcr: number): number {
  if ((mcr & MCR.LOOP) === 0) return MSR.DCD | MSR.DSR | MSR.CTS;
  const wires = [
    [MCR.RTS, MSR.CTS],
    [MCR.DTR, MSR.DSR],
    [MCR.OUT1, MSR.RI],
    [MCR.OUT2, MSR.DCD],
  ] as const;
  return wires.reduce((status, [out, back]) => status | ((mcr & out) !== 0 ? back : 0), 0);
}
