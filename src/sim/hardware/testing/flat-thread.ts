// A hardware thread of any CPU model whose effective addresses are real addresses, for tests of single instructions.
import { Access } from '../../engine/api.ts';
import { assemble } from '../../isa/assemble.ts';
import { MSR } from '../bits.ts';
import { CPU_MODELS, type CpuModel } from '../cpu-model.ts';
import { Hardware } from '../hardware.ts';

const REAL_BYTES = 1 << 20;

/** States by who runs: problem state, an operating system under a hypervisor, the hypervisor. */
export const STATE = {
  u: MSR.SF | MSR.ME | MSR.PR,
  s: MSR.SF | MSR.ME,
  h: MSR.SF | MSR.ME | MSR.HV,
} as const;
export type StateName = keyof typeof STATE;

export function modelOf(id: string): CpuModel {
  const model = CPU_MODELS.get(id);
  if (model === undefined) throw new Error(`modelOf: no CPU model '${id}'`);
  return model;
}

/** Thread 0 is about to run `text` at 0x1000 with every facility on; all threads are in the given state. */
export function flatThread(text = 'nop', cpu = 'p9', state: StateName = 's', cores = 1): Hardware {
  const hw = new Hardware(modelOf(cpu), cores, REAL_BYTES, () => {}, mapFlat);
  const made = assemble(`.org 0x1000\n${text}\n`);
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  hw.arena.writeBytes(0, made.image);
  for (let t = 0; t < hw.threads; t++) {
    hw.setMsr(t, STATE[state] & hw.model.msr);
    if (hw.hasFacilities) {
      hw.set(t, 'HFSCR', 0x7ffn);
      hw.set(t, 'FSCR', 0x1184n);
    }
    hw.arena.setNia(t, 0x1000n);
  }
  return hw;
}

function mapFlat(hw: Hardware, t: number, ea: bigint, access: Access): boolean {
  const page = Number((ea % BigInt(REAL_BYTES)) >> 12n);
  if (access === Access.fetch) hw.engine.mapFetch(t, ea, page);
  else hw.mapData(t, ea, page, true);
  return true;
}

/** Runs one instruction and says where it led: 'next', or the vector of the interrupt in hexadecimal. */
export function step(hw: Hardware): string {
  const cia = hw.arena.nia(0);
  hw.run(0, 1, 1);
  const nia = hw.arena.nia(0);
  return nia === cia + 4n ? 'next' : nia.toString(16);
}

/** Cause bits of SRR1. */
export const causeOf = (hw: Hardware): bigint => hw.get(0, 'SRR1') & 0x783f0000n;
