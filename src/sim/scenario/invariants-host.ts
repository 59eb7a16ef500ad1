// What must hold of a host's registers behind an exit, on the thread that ran the core. Source: I14 of the reference;
// arch/powerpc/kvm/book3s_hv_rmhandlers.S, book3s_hv_p9_entry.c.
import { readSpr } from '../hardware/spr-access.ts';
import { HOST_SLB, HOST_SLB_970 } from '../host/slb.ts';
import { type CpuFamily, sprSlot } from '../isa/spr.ts';
import type { Machine } from '../machine/machine.ts';
import type { Broken, Invariant, Watched } from './invariants-watch.ts';

type M = Machine<Watched>;

/** Least value of HDEC in the host: the kernel writes the greatest that 32 bits have. */
const HDEC_MAX = 0x7fff0000;

/** What boot leaves in registers that the host never changes, and an exit has to put back. */
const DEBUG_P7 = { DABR: 0n, DABRX: 7n } as const;
const OWN: Readonly<Record<CpuFamily, Readonly<Record<string, bigint>>>> = {
  '970': DEBUG_P7,
  p7: { ...DEBUG_P7, DSCR: 0n, AMR: 0n },
  p8: { DAWRX0: 0n, CIABR: 0n, DSCR: 0n, AMR: 0n, IAMR: 0n, PSPB: 0n },
  p9: { DSCR: 0n, AMR: 0n, IAMR: 0n, UAMOR: 0n, FSCR: 0n, PCR: 0n },
};

/** Counts with the time base; what a guest uses is the host's time, too. */
const SUMS = ['PURR', 'SPURR'] as const;

const read = (m: M, t: number, name: string): bigint => readSpr(m.hw, t, sprSlot(name));

/** '' or what an exit has not put back. */
function wrong(m: M, t: number): string {
  const { family } = m.spec.model;
  for (const [name, value] of Object.entries(OWN[family])) {
    const now = read(m, t, name);
    if (now !== value) return `${name}=0x${now.toString(16)}`;
  }
  const lpcr = m.k.kvm.vms[0]?.host_lpcr ?? 0n;
  const name = family === '970' ? 'HID4' : 'LPCR';
  if (family !== 'p9' && read(m, t, name) !== lpcr) return `${name} of a guest`;
  const tb = BigInt(m.hw.tb(t));
  const sum = family === '970' ? undefined : SUMS.find((each) => read(m, t, each) !== tb);
  if (sum !== undefined) return `${sum}=${read(m, t, sum)}, but ${tb} ticks have passed`;
  const hdec = m.hw.hdec(t);
  return hdec >= HDEC_MAX || mayBeLate(m, hdec) ? wrongSlb(m, t) : `HDEC=${hdec}`;
}

/**
 * POWER7: a thread that was the first to leave has counted itself before it writes 0 to the HDEC that all share. If the
 * others leave in between, the 0 comes behind their greatest value: HDICE is off, and the next entry loads HDEC anew.
 */
const mayBeLate = ({ spec: { model } }: M, hdec: number): boolean =>
  model.family === 'p7' && model.threadsPerCore > 1 && hdec <= 0;

/** '' or what is wrong with the bolted SLB entries; the host of POWER9 has none. */
function wrongSlb(m: M, t: number): string {
  const { family, slbEntries } = m.spec.model;
  const bolted = family === 'p9' ? [] : family === '970' ? HOST_SLB_970 : HOST_SLB;
  for (let entry = 0; entry < slbEntries; entry++) {
    const [vsid = 0n, esid = 0n] = bolted[entry] ?? [];
    const { arena } = m.hw;
    const right = arena.slb(t, entry, 'esid') === (esid & ~0xfffn);
    if (!right || arena.slb(t, entry, 'vsid') !== vsid) return `SLB entry ${entry} of a guest`;
  }
  return '';
}

function hostRegisters(m: M): Broken | null {
  const t = m.k.tid;
  if (m.hw.inGuest(t) || m.k.kvm.vcpus.some(({ cpu }) => cpu === t)) return null;
  const why = wrong(m, t);
  if (why === '') return null;
  return { why: `thread ${t} runs the host with ${why}`, where: m.threadPath(t) };
}

export const HOST_INVARIANTS: readonly Invariant[] = [
  {
    id: 'host-registers',
    what: 'behind an exit LPCR, HDEC, DABR, DSCR, AMR, PURR and the bolted SLB entries are the host’s own',
    reads: ['vcpu_cpu'],
    test: hostRegisters,
  },
];
