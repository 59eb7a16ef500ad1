// What can be injected, and what the kernel and the hardware will make of it.

import type { HpteEdit } from '../../sim/trace/hpt.ts';
import type { Catalogue, Inject } from '../../workers/protocol.ts';
import type { RowIn } from '../../workers/sections.ts';
import { threadOf, threadPath, vcoreOf, vcpuOf } from '../entity.ts';
import { vmLetter } from '../theme/vm.ts';

/** One choice of a list. */
export interface Choice {
  readonly value: number;
  readonly text: string;
}

/** The threads and vcpus that can be named, and those the focus is about. */
export interface Targets {
  readonly threads: readonly Choice[];
  readonly vcpus: readonly Choice[];
  readonly thread: number;
  readonly vcpu: number;
}

/**
 * Choices for an entity path: a thread brings the vcpu docked on it, a vcpu the thread it is on, a vcore the vcpu whose
 * task executes it.
 */
export function targets(
  path: string,
  topology: Catalogue['topology'],
  threads: readonly RowIn<'machine', 'threads'>[],
  vcpus: readonly RowIn<'machine', 'vcpus'>[],
): Targets {
  const named = threadOf(path, topology.threadsPerCore);
  const members = vcpus.filter((v) => v.vcore === vcoreOf(path));
  const [first = null] = members.toSorted((a, b) => b.runner - a.runner);
  const asked = first?.vcpu ?? vcpuOf(path);
  const vcpu = asked >= 0 ? asked : (threads.find((t) => t.thread === named)?.vcpu ?? -1);
  const on = vcpus.find((v) => v.vcpu === asked)?.thread ?? -1;
  return {
    threads: threads.map((t) => ({
      value: t.thread,
      text: `${threadPath(t.thread, topology.threadsPerCore)} ${t.task_name}`,
    })),
    vcpus: vcpus.map((v) => ({
      value: v.vcpu,
      text: `${vmLetter(v.vm)}${v.vcpu} (thread ${v.thr})`,
    })),
    thread: Math.max(0, named >= 0 ? named : on),
    vcpu: Math.max(0, vcpu),
  };
}

/** An injection of one kind, as a button says it. */
export interface InjectText {
  readonly title: string;
  readonly says: string;
}

/** Inputs about a thread or a vcpu, with what each does in the kernel's words. */
export const INJECT_TEXT: Readonly<Record<Exclude<Inject['kind'], 'hpte' | 'irq'>, InjectText>> = {
  doorbell: {
    title: 'Send a doorbell',
    says: 'An external interrupt makes the sender execute msgsndp. With HFSCR[MSGP]=0 that traps (0xF80) and sets doorbell_request of the target; with MSGP=1 the hardware of the sender decides.',
  },
  dec: {
    title: 'Let DEC expire',
    says: 'dec_expires := now. In the guest: 0x900 as soon as MSR[EE]=1. Ceded: kvmppc_decrementer_wakeup wakes the vcpu.',
  },
  exit: {
    title: 'Request an exit',
    says: 'PPC_MSG_RESCHEDULE and an IPI: the hypervisor doorbell (0xE80; on POWER7 the external interrupt, 0x500) takes the thread out of the guest.',
  },
  hdec: {
    title: 'Let HDEC expire',
    says: 'Only while a guest runs here (LPCR[HDICE]): 0x980 ends its time slice.',
  },
  preempt: {
    title: 'Pre-empt the task',
    says: 'Work for the kworker of this cpu: it takes the cpu from the current task as soon as need_resched is seen.',
  },
  signal: {
    title: 'Signal its task',
    says: 'pthread_kill(SIG_IPI): KVM_RUN returns -EINTR. On POWER7 it first waits until its vcore is out of the guest: nothing kicks it, the HDEC tick ends the run.',
  },
  prod: {
    title: 'Prod it',
    says: 'As H_PROD by another vcpu: prodded := 1; if it has ceded, kvm_vcpu_kick.',
  },
  external: {
    title: 'Interrupt it',
    says: 'KVM_INTERRUPT, an edge: 0x500 at its next entry with MSR[EE]=1; with EE=0 LPCR[MER] asks for it.',
  },
  start: {
    title: 'Start it late',
    says: 'As RTAS start-cpu, at the entry point that the guest gave last: its thread wakes and looks for its vcore.',
  },
  online: {
    title: 'Online',
    says: 'The kernel refuses while a VM exists (inhibit_secondary_onlining).',
  },
  offline: {
    title: 'Offline',
    says: 'Tasks would have to move away; the last cpu stays.',
  },
};

/** Inputs about an entry of the hashed page table. None is followed by a tlbie. */
export const HPTE_TEXT: Readonly<Record<HpteEdit, InjectText>> = {
  invalidate: {
    title: 'Invalidate',
    says: 'V := 0, and no tlbie: a TLB that holds the translation goes on using it.',
  },
  lock: {
    title: 'Lock',
    says: 'HVLOCK := 1: every hcall on this entry waits until it is unlocked again.',
  },
  unlock: { title: 'Unlock', says: 'HVLOCK := 0, whoever holds it.' },
  'clear-r': {
    title: 'Clear R',
    says: 'The next access that walks the table sets it again; one that hits in a TLB does not.',
  },
  'clear-c': {
    title: 'Clear C',
    says: 'The next store that walks the table sets it again; one that hits in a TLB does not.',
  },
  bad: {
    title: 'Bad entry',
    says: 'V := 1 with the real page of the hypervisor that holds this table: the guest may reach it.',
  },
};

/** What happens to the history: nothing is lost. */
export function forkText(step: number, end: number, branchName: string): string {
  return step < end
    ? `You are in the past: this starts a new branch here; ${branchName} keeps its future.`
    : `At the end of ${branchName}: the input is recorded on this branch.`;
}
