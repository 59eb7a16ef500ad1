// The host of the POWER9 scenarios.
import { TEXT_P9 } from '../machine/text-p9.ts';
import { INVARIANTS } from './invariants.ts';
import { hostInvariants } from './invariants-host.ts';
import { HPT_INVARIANTS } from './invariants-hpt.ts';
import { RESUME_INVARIANTS } from './invariants-resume.ts';
import { VM_INVARIANTS } from './invariants-vm.ts';
import { WAKE_INVARIANTS } from './invariants-wake.ts';
import type { Host } from './scenario.ts';

export const HOST_P9: Host = {
  text: TEXT_P9,
  invariants: [
    ...INVARIANTS,
    ...HPT_INVARIANTS,
    ...VM_INVARIANTS,
    ...hostInvariants({
      own: { DSCR: 0n, AMR: 0n, IAMR: 0n, UAMOR: 0n, FSCR: 0n, PCR: 0n },
      image: '',
      slb: [],
      sums: ['PURR', 'SPURR'],
    }),
    ...RESUME_INVARIANTS,
    ...WAKE_INVARIANTS,
  ],
};
