// The shape of the machine, and its layout: kept while neither the panel nor the shape changes, so that the boxes of
// slots stay the same objects.
import { useMemo } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import type { Section } from '../../workers/sections.ts';
import { layoutMachine, type MachineLayout, type MachineShape } from './layout.ts';

export function useLayout(
  machine: Section<'machine'>,
  catalogue: Catalogue,
  width: number,
  height: number,
): MachineLayout {
  const { cores, threadsPerCore, wholeVcores } = catalogue.topology;
  const key = virtualCores(machine, catalogue);
  return useMemo(() => {
    const shape = { cores, threadsPerCore, plaques: wholeVcores, groups: groupsOf(key) };
    return layoutMachine(shape, width, height);
  }, [cores, threadsPerCore, wholeVcores, key, width, height]);
}

/** 'vm:virtual core:vcpu:vcore ...' of the vcpus that the scenario will create (vcore -1), and those that there are. */
function virtualCores(machine: Section<'machine'>, catalogue: Catalogue): string {
  const entries = new Map<number, string>();
  for (const vm of catalogue.topology.vms) {
    const first = entries.size;
    for (let i = 0; i < vm.vcpus; i++) {
      entries.set(first + i, `${vm.id}:${Math.floor(i / vm.virtualSmt)}:${first + i}:-1`);
    }
  }
  for (const v of machine.vcpus)
    entries.set(v.vcpu, `${v.vm}:${v.virtual_core}:${v.vcpu}:${v.vcore}`);
  return [...entries.values()].join(' ');
}

/** Virtual cores from 'vm:virtual core:vcpu:vcore ...'. */
function groupsOf(key: string): MachineShape['groups'] {
  const groups = new Map<
    string,
    { vm: number; virtualCore: number; vcpus: number[]; vcores: number[] }
  >();
  for (const entry of key.split(' ').filter((e) => e !== '')) {
    const [vm = 0, virtualCore = 0, vcpu = 0, vcore = -1] = entry.split(':').map(Number);
    const name = `${vm}:${virtualCore}`;
    const group = groups.get(name) ?? { vm, virtualCore, vcpus: [], vcores: [] };
    group.vcpus.push(vcpu);
    if (vcore >= 0 && !group.vcores.includes(vcore)) group.vcores.push(vcore);
    groups.set(name, group);
  }
  return [...groups.values()];
}
