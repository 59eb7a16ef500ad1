// What must hold of a host's registers behind an exit, on the thread that ran the core. Source: I14 of the reference;
// arch/powerpc/kvm/book3s_hv_rmhandlers.S, book3s_hv_p9_entry.c.
import { readSpr } from '../hardware/spr-access.ts';
import { sprSlot } from '../isa/spr.ts';
import type { Machine } from '../machine/machine.ts';
import type { Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/** Least value of HDEC in the host: the kernel writes the greatest that 32 bits have. */
const HDEC_MAX = 0x7fff0000;

/** What an exit has to put back on a CPU. */
export interface HostRegisters {
  /** What boot leaves in registers that the host never changes. */
  readonly own: Readonly<Record<string, bigint>>;
  /** The register of which the VM keeps the host's value, '' none. */
  readonly image: 'LPCR' | 'HID4' | '';
  /** Its bolted SLB entries. */
  readonly slb: readonly (readonly [vsid: bigint, esid: bigint])[];
  /** Registers that count with the time base: what a guest uses is the host's time, too. */
  readonly sums: readonly string[];
}

const read = (m: M, t: number, name: string): bigint => readSpr(m.hw, t, sprSlot(name));

/**
 * POWER7: the first thread to leave counts itself, then writes 0 to the HDEC that all share. If all others leave in
 * between, the 0 comes last (the exploration of cede-ipi-smt2 found it): HDICE is off, and the next entry loads HDEC.
 */
const isLate = ({ hw }: M, t: number): boolean =>
  hw.model.family === 'p7' && hw.model.threadsPerCore > 1 && hw.hdec(t) <= 0;

/** '' or what an exit has not put back. */
function wrong(m: M, t: number, { own, image, slb, sums }: HostRegisters): string {
  for (const [name, value] of Object.entries(own)) {
    const now = read(m, t, name);
    if (now !== value) return `${name}=0x${now.toString(16)}`;
  }
  if (image && read(m, t, image) !== m.k.kvm.vms[0]?.host_lpcr) return `${image} of a guest`;
  const tb = BigInt(m.hw.tb(t));
  const sum = sums.find((each) => read(m, t, each) !== tb);
  if (sum) return `${sum}=${read(m, t, sum)}, but ${tb} ticks have passed`;
  if (m.hw.hdec(t) < HDEC_MAX && !isLate(m, t)) return `HDEC=${m.hw.hdec(t)}`;
  for (let entry = 0; entry < m.hw.model.slbEntries; entry++) {
    const [vsid = 0n, esid = 0n] = slb[entry] ?? [];
    const right = m.hw.arena.slb(t, entry, 'esid') === (esid & ~0xfffn);
    if (!right || m.hw.arena.slb(t, entry, 'vsid') !== vsid) return `SLB entry ${entry} of a guest`;
  }
  return '';
}

/** The invariant of a CPU. */
export const hostInvariants = (host: HostRegisters): readonly Invariant[] => [
  {
    id: 'host-registers',
    what: 'behind an exit the registers of the host are its own',
    reads: ['vcpu_cpu'],
    test: (m) => {
      const t = m.k.tid;
      if (m.hw.inGuest(t) || m.k.kvm.vcpus.some(({ cpu }) => cpu === t)) return null;
      const why = wrong(m, t, host);
      if (why === '') return null;
      return { why: `thread ${t} runs the host with ${why}`, where: m.threadPath(t) };
    },
  },
];
