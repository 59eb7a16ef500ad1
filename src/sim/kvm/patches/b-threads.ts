// Historic mistakes about the threads of a core (numbers: B1 to B31 of the reference, section 13): who wakes them, for
// which vcpu, and who may have them.

import { cpuOf } from '../../host/context.ts';
import { call, goto, ret, type StepDef, step, tail } from '../../host/routine.ts';
import { NONE } from '../../state/ids.ts';
import { XICS_IPI, XISR_MASK } from '../../xics/records.ts';
import { type KvmCtx, type VcpuLocals, vcoreOf, vcpuOf } from '../context.ts';
import { releaseHwthread } from '../p7-run-thread.ts';
import { type ListLocals, nextVcpu } from '../p7-vcore.ts';
import { entryBit } from '../p8-state.ts';
import type { Patch } from '../patches.ts';

const real = <L>(def: StepDef<KvmCtx, L>) => step<KvmCtx, L>(def, 'real');
const virtual = <L>(def: StepDef<KvmCtx, L>) => step<KvmCtx, L>(def, 'virtual');

const b3: Patch = {
  id: 'b3-napping-ipi',
  title: 'Wake the threads that nap in H_CEDE when the core leaves the guest',
  commit: '19ccb76a',
  fixed: '3.2',
  summary:
    'The first thread that leaves sends an IPI to each that naps, for HDEC does not wake them. Without it the core waits for a napping thread until its own decrementer ends the nap.',
  cpus: ['p7'],
  requires: ['cede-real-mode'],
  off: [
    { routine: 'hdec_soon', remove: 'napping_threads' },
    { routine: 'hdec_soon', remove: 'ipi' },
  ],
};

const b4: Patch = {
  id: 'b4-start-ceded',
  title: 'Give idle vcpus a hardware thread, too',
  commit: '19ccb76a',
  fixed: '3.2',
  summary:
    'A run starts every vcpu of the vcore, and those that have ceded nap on their threads, where their decrementer wakes them. Without it a host timer pulls the whole core out of the guest for each of their ticks.',
  cpus: ['p7'],
  requires: ['cede-real-mode'],
  off: [
    {
      routine: 'kvmppc_run_core',
      replace: 'start_thread',
      by: virtual<ListLocals & { ptid: number }>([
        'start_thread',
        'for each vcpu of the list that has not ceded: kvmppc_start_thread',
        (k, l) => {
          const v = nextVcpu(k, l);
          if (v === NONE) return goto('grab_hwthread');
          if (vcpuOf(k, v).ceded) return goto('start_thread');
          l.ptid = Math.max(l.ptid, vcpuOf(k, v).ptid);
          return call('kvmppc_start_thread', { vcpu: v });
        },
        4,
      ]),
    },
  ],
};

const b8: Patch = {
  id: 'b8-hwthread-req',
  title: 'Keep the threads of a running core out of the kernel',
  commit: 'historic',
  fixed: '3.6',
  summary:
    'hwthread_req stays set while the core runs, on all its threads, and whoever sets it waits for a thread that is in the kernel. Without it a wake-up uses the request up, and the next stray interrupt takes the thread into the kernel, in the partition of the guest.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvmppc_run_core',
      replace: 'grab_hwthread',
      by: virtual<ListLocals>([
        'grab_hwthread',
        'threads that are left stay with the host',
        () => goto('unlock'),
        2,
      ]),
    },
    {
      routine: 'kvmppc_grab_hwthread',
      replace: 'hwthread_state',
      by: virtual<{ cpu: number }>([
        'hwthread_state',
        'where the thread is now does not matter',
        () => ret(),
        2,
      ]),
    },
    {
      routine: 'kvm_start_guest',
      before: 'wake_reason',
      insert: real<VcpuLocals>([
        'cpu_start',
        'PACA: cpu_start=0x80 has brought it here, and is cleared',
        (k) => {
          cpuOf(k).hwthread_req = 0;
        },
        4,
      ]),
    },
  ],
};

const b9: Patch = {
  id: 'b9-nap-real-mode',
  title: 'Go to real mode before the nap is announced',
  commit: 'historic',
  fixed: '3.18',
  summary:
    'power7_nap leaves translation behind before it says IN_NAP. The other way round a sibling may switch the partition while this thread still translates.',
  cpus: ['p7', 'p8'],
  off: [
    { routine: 'power7_nap', remove: 'hwthread_state' },
    {
      routine: 'power7_nap',
      before: 'real_mode',
      insert: virtual<VcpuLocals>([
        'hwthread_state',
        'PACA: hwthread_state := KVM_HWTHREAD_IN_NAP, with translation still on',
        (k) => {
          cpuOf(k).hwthread_state = 'KVM_HWTHREAD_IN_NAP';
        },
        4,
      ]),
    },
  ],
};

const b10: Patch = {
  id: 'b10-kvm-vcpu',
  title: 'Clear and read PACA kvm_vcpu where no run can come between',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'A thread forgets its vcpu before it reports that it has finished, and looks for a new one behind the acknowledged IPI. The other way round it forgets the vcpu of the next run, or misses it.',
  cpus: ['p7'],
  off: [
    { routine: 'secondary_nap', remove: 'kvm_vcpu' },
    {
      routine: 'kvm_no_guest',
      before: 'lpcr',
      insert: real<VcpuLocals>([
        'kvm_vcpu',
        'PACA: kvm_vcpu := NULL',
        (k) => {
          cpuOf(k).kvm_vcpu = NONE;
        },
        4,
      ]),
    },
    {
      routine: 'kvm_start_guest',
      before: 'wake_reason',
      insert: real<{ vcpu: number }>([
        'load_vcpu',
        'vcpu := PACA kvm_vcpu',
        (k, l) => {
          l.vcpu = cpuOf(k).kvm_vcpu;
        },
        4,
      ]),
    },
    {
      routine: 'kvm_start_guest',
      replace: 'kvm_vcpu',
      by: real<{ vcpu: number }>([
        'kvm_vcpu',
        'no vcpu was there? kvm_no_guest',
        (k, l) =>
          l.vcpu === NONE ? tail('kvm_no_guest', {}, cpuOf(k).saved_depth + 1) : undefined,
        4,
      ]),
    },
    { routine: 'kvmppc_run_core', remove: 'first_release' },
    { routine: 'kvmppc_run_core', remove: 'release_hwthread' },
    {
      routine: 'kvmppc_run_core',
      before: 'lock',
      insert: virtual<ListLocals & { ptid: number }>([
        'first_release',
        'from the first thread of the core',
        (_k, l) => {
          l.ptid = 0;
        },
        2,
      ]),
    },
    {
      routine: 'kvmppc_run_core',
      before: 'lock',
      insert: virtual<ListLocals & { ptid: number }>([
        'release_hwthread',
        'for each thread of the core: kvmppc_release_hwthread: hwthread_req, kvm_vcpu := 0',
        (k, l) => {
          releaseHwthread(k, k.tid + l.ptid);
          l.ptid += 1;
          return l.ptid < k.hw.model.threadsPerCore ? goto('release_hwthread') : undefined;
        },
        4,
      ]),
    },
  ],
};

const b11: Patch = {
  id: 'b11-saved-xirr',
  title: 'Keep the interrupt of a host device that wakes a KVM thread',
  commit: 'historic',
  fixed: '3.12',
  summary:
    'What a woken thread has accepted and is no IPI stays in saved_xirr for the host. Without it the thread ends the interrupt, and no handler ever sees it.',
  cpus: ['p7'],
  off: [
    {
      routine: 'kvm_start_guest',
      replace: 'saved_xirr',
      by: real<{ xirr: number }>([
        'saved_xirr',
        'the IPI? then its request is taken back; end of interrupt in any case',
        (_k, l) => ((l.xirr & XISR_MASK) === XICS_IPI ? undefined : goto('eoi')),
        4,
      ]),
    },
  ],
};

const b23: Patch = {
  id: 'b23-nap-hdec',
  title: 'A nap in H_CEDE ends no later than the run of the core',
  commit: 'historic',
  fixed: '4.4',
  summary:
    'H_CEDE naps with the lesser of DEC and HDEC in DEC, for HDEC does not end a nap, and at its end nobody rings the others. Without it the core waits for the thread until its own decrementer wakes it.',
  cpus: ['p8'],
  off: [
    {
      routine: 'kvmppc_h_cede',
      replace: 'dec',
      by: real<VcpuLocals>([
        'dec',
        'dec_expires := DEC + TB; DEC stays the guest’s',
        (k, l) => {
          vcpuOf(k, l.vcpu).dec_expires = k.hw.arena.decExpires(k.tid);
        },
        6,
      ]),
    },
  ],
};

const b25: Patch = {
  id: 'b25-too-late',
  title: 'No thread enters the guest when an exit has begun',
  commit: '371fefd6',
  fixed: '3.1',
  summary:
    'One atomic step counts a thread in only while no exit has begun; one that comes later naps without having run. Without the test it goes after the others, while the primary thread may be switching the partition back.',
  cpus: ['p7', 'p8'],
  off: [
    {
      routine: 'kvmppc_hv_entry',
      replace: 'entry_exit_count',
      by: real<VcpuLocals>([
        'entry_exit_count',
        'atomically: one more thread has entered',
        (k, l) => {
          vcoreOf(k, l.vcpu).entry_exit_count += 1;
        },
        10,
      ]),
    },
  ],
  offOn: {
    p8: [
      {
        routine: 'kvmppc_hv_entry',
        replace: 'entry_exit_map',
        by: real<VcpuLocals>([
          'entry_exit_map',
          'atomically our entry bit',
          (k, l) => {
            vcoreOf(k, l.vcpu).entry_exit_count |= entryBit(vcpuOf(k, l.vcpu).ptid);
          },
          10,
        ]),
      },
    ],
  },
};

/** Mistakes about the threads of a core. */
export const THREAD_PATCHES: readonly Patch[] = [b3, b4, b8, b9, b10, b11, b23, b25];
