import { expect, test } from 'vitest';
import { MMIO_DRIVER } from '../guest/mmio-driver.ts';
import { TCE_DMA } from '../guest/tce-dma.ts';
import { PSSCR } from '../hardware/bits.ts';
import { emulateMmio } from '../kvm/emulate-mmio.ts';
import { hptRoutines } from '../kvm/hcall-table.ts';
import { setMemoryRegion } from '../kvm/memory-region.ts';
import { bookPageFault } from '../kvm/page-fault.ts';
import { allocRma } from '../kvm/rma-alloc.ts';
import { unmapRmapp } from '../kvm/rmap.ts';
import { createSpaprTce } from '../kvm/tce.ts';
import { PAGE_GUEST } from '../kvm/testing/page-guest.ts';
import { doTlbies } from '../kvm/tlbie.ts';
import type { Input } from '../machine/inputs.ts';
import { ROUTINES } from '../machine/text-p9.ts';
import { IOMMU_ROUTINES } from '../vmm/spapr-iommu.ts';
import { SPAPR_XICS_ROUTINES } from '../vmm/spapr-xics.ts';
import { VIO_ROUTINES } from '../vmm/vio-device.ts';
import type { Loaded, Monitor } from './index.ts';
import * as guests from './testing/guests.ts';
import { guestText, makeGuest, makeLoaded, scenariosOn } from './testing/make.ts';
import { XICS_GUEST } from './testing/xics-guest.ts';

/** Inputs of every kind, spread over a run. */
const EVERY_INPUT: readonly Input[] = (
  [
    { kind: 'doorbell', from: 0, to: 3 },
    { kind: 'exit', thread: 0 },
    { kind: 'dec', vcpu: 1 },
    { kind: 'hdec', thread: 1 },
    { kind: 'preempt', thread: 0 },
  ] as const
).map((action, i) => ({ step: -1, cycle: 24_000 + 4000 * i, user: true, action }));

/** Storms of hcalls reach all steps on the page table (kvm/storm.test.ts); areas: kvm/rma.test.ts. */
const ON_MEMORY = [doTlbies, unmapRmapp, setMemoryRegion, allocRma];
const BY_STORMS = [...hptRoutines('virtual'), ...ON_MEMORY].map(({ name }) => name);

/** What guests leave out of these is in tests beside them: vio-device, spapr-xics, page-fault, emulate-mmio. */
const BY_REQUESTS = [
  createSpaprTce,
  ...IOMMU_ROUTINES,
  ...VIO_ROUTINES,
  ...SPAPR_XICS_ROUTINES,
  bookPageFault,
  emulateMmio,
];
/** No guest makes an exit that KVM does not know: exit.test.ts, qemu.test.ts. */
const BY_HAND = [
  'kvmppc_handle_exit_hv/unknown',
  'kvm_cpu_exec/internal_error',
  'kvm_cpu_exec/stopping',
];
const ELSEWHERE = [...BY_STORMS, ...BY_REQUESTS.map(({ name }) => name)];

/** Every run that the coverage is taken from, with the given patches off. */
function* runs(off: readonly string[]): Generator<Loaded<Monitor>> {
  for (const scenario of scenariosOn('p9')) {
    yield makeLoaded({ scenario, off });
    yield makeLoaded({ scenario, off, seed: 1 });
  }
  const injected = makeLoaded({ off });
  injected.machine.inputs = EVERY_INPUT;
  yield injected;
  const masked = makeGuest(guests.MASKED_EXTERNAL, { off });
  masked.machine.inputs = [
    { step: -1, cycle: 20_000, user: false, action: { kind: 'doorbell', from: 0, to: 1 } },
  ];
  yield masked;
  const stop = makeGuest(guests.STOP, { off });
  for (let t = 0; t < 4; t++) stop.machine.hw.set(t, 'PSSCR', PSSCR.ESL);
  yield stop;
  yield makeGuest(guests.KICKS, { off, seed: 15 });
  yield makeGuest(guests.ILLEGAL, { off });
  yield makeGuest(guests.WRITE_DPDES, { off });
  yield makeGuest(guests.FETCH_OUTSIDE, { off });
  yield makeGuest(guests.REFUSED_HCALLS, { off });
  yield makeGuest(guests.DECREMENTER, { off });
  yield makeGuest(PAGE_GUEST, { off });
  yield makeGuest(XICS_GUEST, { off });
  yield makeGuest('', { off }, { guest: TCE_DMA, devices: { vio: true } });
  yield makeGuest('', { off }, { guest: MMIO_DRIVER, devices: { mmio: true } });
  yield makeGuest(guests.ILLEGAL, { off }, { hptOrder: 20 });
  yield makeGuest(guests.ILLEGAL, { off }, { rma: true });
  const other = { vcpus: 1, virtualSmt: 1, memory: 1 << 25, guest: guestText(guests.ILLEGAL) };
  yield makeGuest(guests.ILLEGAL, { off }, { realBytes: 96 << 20, guests: [other] });
}

/** 'routine/label' of the steps that never ran, of the text with these patches off. */
function missing(off: readonly string[]): string[] {
  const ran = new Set<string>();
  let all: string[] = [];
  for (const { machine } of runs(off)) {
    all = [...machine.program.values()].flatMap(({ base, steps }) =>
      [...steps.keys()].map((label) => `${base.name}/${label}`),
    );
    machine.storyboard.onStep = (routine, label) => ran.add(`${routine}/${label}`);
    machine.advance(Number.POSITIVE_INFINITY);
  }
  const elsewhere = (step: string) =>
    BY_HAND.includes(step) || ELSEWHERE.includes(step.split('/')[0] ?? '');
  return all.filter((step) => !ran.has(step) && !elsewhere(step));
}

test('every step of every routine runs at least once, all patches on', () => {
  expect(missing([])).toEqual([]);
});

test('with virt-doorbell off, nothing runs that only emulated doorbells and DPDES reads need', () => {
  const routines = [
    'kvmppc_emulate_doorbell_instr',
    'kvmppc_read_dpdes',
    'smp_call_function_single',
  ];
  const unused = missing(['virt-doorbell']);
  const whole = unused.filter((step) => routines.includes(step.split('/')[0] ?? ''));
  const count = ROUTINES.filter(({ name }) => routines.includes(name)).flatMap((r) => r.steps);
  expect(whole).toHaveLength(count.length);
  expect(unused.filter((step) => !whole.includes(step))).toEqual([
    'kvmppc_fast_vcpu_kick_hv/kvmppc_ipi_thread',
    'kvmppc_fast_vcpu_kick_hv/smp_send_reschedule',
    'kvmppc_fast_vcpu_kick_hv/done',
    'doorbell_exception/flush_smp_call_function_queue',
  ]);
});
