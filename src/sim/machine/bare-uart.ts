// The serial port of bare mode. Its page has no translation that lasts, so every access comes to the miss hook: the access
// is made to a page of memory of our own, filled before a load and looked at after a store.
// MODEL: the whole 4 KiB page is the device's; bytes outside its registers read as ones and ignore stores.
import { Access } from '../engine/api.ts';
import { PAGE } from '../engine/layout.ts';
import type { Hardware } from '../hardware/hardware.ts';
import { make } from '../state/schema.ts';
import { readUart, UART_BYTES, UART16550, type Uart16550, writeUart } from '../vmm/uart16550.ts';
import { BARE_THREAD as T } from './bare-state.ts';

/** Where a serial port lies, and where the bytes go that it sends. */
export interface UartSpec {
  /** Real address of the first register. */
  readonly real: bigint;
  readonly send: (byte: number) => void;
}

const NO_DEVICE = 0xff;
const PAGE_MASK = BigInt(PAGE - 1);

export class UartPage {
  readonly #hw: Hardware;
  readonly #spec: UartSpec;
  /** Real address of the page of our own. */
  readonly #window: number;
  readonly #uart: Uart16550 = make(UART16550);
  /** A store that the engine has been allowed and that the device has not seen. */
  #store: { readonly offset: number; readonly size: number } | null = null;

  constructor(hw: Hardware, window: number, spec: UartSpec) {
    this.#hw = hw;
    this.#window = window;
    this.#spec = spec;
  }

  /** True for real addresses of the device's page. */
  holds(real: bigint): boolean {
    return (real & ~PAGE_MASK) === (this.#spec.real & ~PAGE_MASK);
  }

  /** From the miss hook: lets the engine make this one access, which lies in the page. */
  map(ea: bigint, access: Access, size: number): void {
    this.finishStore();
    const offset = Number(ea & PAGE_MASK);
    if (access === Access.store) this.#store = { offset, size };
    else {
      for (let at = offset; at < offset + size; at++) {
        this.#hw.arena.write8(this.#window + at, this.#read(at));
      }
    }
    this.#hw.engine.mapData(T, ea, this.#window / PAGE, true, true);
  }

  /** Passes on what the last store wrote: before the next access, or when the engine has stopped. */
  finishStore(): void {
    if (this.#store === null) return;
    const { offset, size } = this.#store;
    this.#store = null;
    for (let at = offset; at < offset + size; at++) {
      const register = this.#registerAt(at);
      if (register === null) continue;
      writeUart(this.#uart, register, this.#hw.arena.read8(this.#window + at), this.#spec.send);
    }
  }

  #read(at: number): number {
    const register = this.#registerAt(at);
    return register === null ? NO_DEVICE : readUart(this.#uart, register);
  }

  #registerAt(at: number): number | null {
    const register = at - Number(this.#spec.real & PAGE_MASK);
    return register >= 0 && register < UART_BYTES ? register : null;
  }
}
