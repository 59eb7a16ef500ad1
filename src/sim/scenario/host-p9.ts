// The host of the POWER9 scenarios.
import { TEXT_P9 } from '../machine/text-p9.ts';
import { INVARIANTS } from './invariants.ts';
import { HOST_INVARIANTS } from './invariants-host.ts';
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
    ...HOST_INVARIANTS,
    ...RESUME_INVARIANTS,
    ...WAKE_INVARIANTS,
  ],
};
