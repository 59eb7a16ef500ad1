// What the first visit of a page needs: one host and its scenario. The rest (index.ts) is loaded later.
import type { Monitor } from './anatomy-monitor.ts';
import { HOST_P9 } from './host-p9.ts';
import type { Library } from './scenario.ts';
import { VIRT_DOORBELL } from './virt-doorbell.ts';

/** Holds nothing that `LIBRARY` does not. */
export const FIRST: Library<Monitor> = {
  scenarios: VIRT_DOORBELL,
  linked: [],
  hosts: { p9: HOST_P9 },
};
