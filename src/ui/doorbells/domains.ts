// A msgsndp reaches the threads of its own virtual core. A machine of many vcpus is shown one virtual core at a time:
// between two of them there is nothing to see, and a matrix of 96 vcpus would have 9,216 cells.
import { useState } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { threadOf, vcpuOf } from '../entity.ts';
import { vmLetter } from '../theme/vm.ts';
import type { DoorbellVcpu } from './facts.ts';

/** Vcpus that are shown together. */
const MOST = 8;

/** The vcpus of one virtual core. */
export interface Domain {
  /** 'A · virtual core 0' */
  readonly name: string;
  readonly vcpus: readonly DoorbellVcpu[];
}

/** The vcpus by virtual core, in their order; all together while they are few. */
export function domainsOf(vcpus: readonly DoorbellVcpu[], catalogue: Catalogue): Domain[] {
  if (vcpus.length <= MOST) return [{ name: '', vcpus }];
  const names = virtualCores(catalogue);
  const domains = new Map<string, DoorbellVcpu[]>();
  for (const row of vcpus) {
    const name = names[row.vcpu] ?? '';
    const members = domains.get(name);
    if (members) members.push(row);
    else domains.set(name, [row]);
  }
  return [...domains].map(([name, members]) => ({ name, vcpus: members }));
}

/** Name of each vcpu's virtual core; vcpus are numbered through all VMs. */
const virtualCores = ({ topology }: Catalogue): string[] =>
  topology.vms.flatMap((vm) =>
    Array.from(
      { length: vm.vcpus },
      (_, n) => `${vmLetter(vm.id)} · virtual core ${Math.floor(n / vm.virtualSmt)}`,
    ),
  );

/** The vcpu that a path names or that runs on the thread it names, -1 if there is none. */
export function vcpuAt(path: string, vcpus: readonly DoorbellVcpu[], catalogue: Catalogue): number {
  const thread = threadOf(path, catalogue.topology.threadsPerCore);
  if (thread < 0) return vcpuOf(path);
  return vcpus.find((row) => row.thread === thread)?.vcpu ?? -1;
}

/** The virtual core to show: the one chosen last, by `choose` or by putting one of its vcpus or threads in focus. */
export function useDomain(
  vcpus: readonly DoorbellVcpu[],
  catalogue: Catalogue,
  focus: string,
): { readonly domains: readonly Domain[]; readonly shown: Domain; choose(name: string): void } {
  const domains = domainsOf(vcpus, catalogue);
  const [last, setLast] = useState({ focus: '', name: '' });
  const holds = (vcpu: number) => domains.find((d) => d.vcpus.some((row) => row.vcpu === vcpu));
  if (last.focus !== focus) {
    const holder = holds(vcpuAt(focus, vcpus, catalogue));
    setLast({ focus, name: holder?.name ?? last.name });
  }
  const [first] = domains;
  const shown = domains.find(({ name }) => name === last.name) ?? first ?? { name: '', vcpus: [] };
  return { domains, shown, choose: (name) => setLast({ focus, name }) };
}
