// All scenarios, in the order in which they are offered.

import { loadImage } from '../guest/image.ts';
import type { Edit } from '../kvm/patches.ts';
import type { HostText } from '../machine/program.ts';
import { TEXT_970 } from '../machine/text-970.ts';
import { TEXT_P7 } from '../machine/text-p7.ts';
import { TEXT_P8 } from '../machine/text-p8.ts';
import type { Result } from '../state/user-error.ts';
import type { Monitor } from './anatomy-monitor.ts';
import { BOOK3S_HV } from './book3s-hv.ts';
import { CEDE_REAL_MODE } from './cede-real-mode.ts';
import { GUEST_DEVICE } from './guest-device.ts';
import { GUEST_SMT } from './guest-smt.ts';
import { GUEST_SMT_P8 } from './guest-smt-p8.ts';
import { HISTORIC } from './historic.ts';
import { linkOfCase } from './historic-cases.ts';
import { HISTORIC_P8 } from './historic-p8.ts';
import { HOST_P9 } from './host-p9.ts';
import { HPT_LARGE_SCENARIO } from './hpt-large.ts';
import { HPT_PRESSURE_SCENARIO } from './hpt-pressure.ts';
import { invariantsOf, type VcoreFamily } from './invariants-p7.ts';
import { MMIO_ABSENT_HPTE } from './mmio-absent-hpte.ts';
import { NAP_STATE_LOST } from './nap-state-lost.ts';
import { PAGE_BITS_SCENARIO } from './page-bits.ts';
import { PPC970 } from './ppc970.ts';
import { REAL_MODE_PUT_TCE } from './real-mode-put-tce.ts';
import {
  type Host,
  type Library,
  type Loaded,
  type LoadSpec,
  load,
  type Scenario,
} from './scenario.ts';
import { SEARCHED } from './searched.ts';
import { SMT_INTERRUPTS } from './smt-interrupts.ts';
import { LOCK_HOLDER } from './smt-lock-holder.ts';
import { SMT_SIBLINGS } from './smt-siblings.ts';
import { SMT_WORK } from './smt-work.ts';
import { STALE_TLB_SCENARIO } from './stale-tlb.ts';
import { TWELVE_CORES } from './twelve-cores.ts';
import { TWO_GUESTS } from './two-guests.ts';
import { VIRT_DOORBELL } from './virt-doorbell.ts';
import { VRMA_RMA } from './vrma-rma.ts';

export const SCENARIOS: readonly Scenario<Monitor>[] = [
  ...VIRT_DOORBELL,
  ...BOOK3S_HV,
  PAGE_BITS_SCENARIO,
  HPT_PRESSURE_SCENARIO,
  HPT_LARGE_SCENARIO,
  STALE_TLB_SCENARIO,
  MMIO_ABSENT_HPTE,
  REAL_MODE_PUT_TCE,
  VRMA_RMA,
  GUEST_SMT,
  GUEST_SMT_P8,
  ...SMT_SIBLINGS,
  CEDE_REAL_MODE,
  NAP_STATE_LOST,
  ...SMT_INTERRUPTS,
  GUEST_DEVICE,
  ...SMT_WORK,
  TWO_GUESTS,
  LOCK_HOLDER,
  PPC970,
];
export type { Loaded, LoadSpec, Monitor };

const hostOn = (text: HostText, family: VcoreFamily): Host => ({
  text,
  invariants: invariantsOf(family),
  linkOfCase: (patch) => linkOfCase(patch, family),
});

/** Everything. */
export const LIBRARY: Library<Monitor> = {
  scenarios: SCENARIOS,
  linked: [...HISTORIC, ...HISTORIC_P8, ...SEARCHED, TWELVE_CORES],
  hosts: {
    '970': hostOn(TEXT_970, '970'),
    p7: hostOn(TEXT_P7, 'p7'),
    p8: hostOn(TEXT_P8, 'p8'),
    p9: HOST_P9,
  },
  readImage: loadImage,
};

/** Makes the machine of a scenario; `mutation` are test edits that break the model on purpose. */
export function loadScenario(
  spec: LoadSpec,
  mutation: readonly Edit[] = [],
): Result<Loaded<Monitor>> {
  return load(LIBRARY, spec, mutation);
}
