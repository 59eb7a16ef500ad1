// Hcalls by hand on a world with 16 MB of guest memory at address 0.
import { MSR } from '../../hardware/bits.ts';
import { HUGE_PAGE } from '../../host/memory.ts';
import { type Agent, World } from './world.ts';

/** H_EXACT. */
export const EXACT = 1n << 39n;
/** V of a page of 4 KB in segment 5 (256 MB), and the AVPN alone. */
export const V = 0x5200n;
/** WIMG of memory. */
export const M = 0x10n;
/** A guest address that is no memory. */
export const DEVICE = 0x80000000n;

type Name = 'enter' | 'remove' | 'read' | 'protect' | 'clear_ref' | 'clear_mod' | 'bulk_remove';

export class Hcalls {
  readonly world: World;

  /** POWER9's run in the kernel, POWER7's in real mode. */
  constructor(cpu = 'p9', vcpus = 2) {
    this.world = new World(cpu, vcpus);
    this.world.region(0, 0, 0, HUGE_PAGE).finish();
    const relocation = cpu === 'p9' ? MSR.IR | MSR.DR : 0n;
    for (let t = 0; t < 4; t++) this.world.k.hw.setMsr(t, MSR.SF | MSR.HV | MSR.ME | relocation);
  }

  begin(name: Name, vcpu: number, ...args: bigint[]): Agent {
    return this.world.hcall(`kvmppc_h_${name}`, vcpu, args);
  }
  /** An hcall of vcpu 0: the return code, then r4 and up. */
  call(name: Name, ...args: bigint[]): { code: number; out: bigint[] } {
    const code = this.begin(name, 0, ...args).finish();
    return { code, out: this.world.results(0) };
  }
  enter(index: number, ptel: bigint, v = V, flags = EXACT): number {
    return this.call('enter', flags, BigInt(index), v, ptel).code;
  }
  /** Doubleword 0 or 1 (at 8) of the real entry. */
  word(index: number, which: 0 | 8): bigint {
    return this.world.k.hw.arena.read64(this.world.vm.hpt_base + 16 * index + which);
  }
  /** Hardware sets bits of doubleword 1. */
  setR(index: number, bits: bigint): void {
    const at = this.world.vm.hpt_base + 16 * index + 8;
    this.world.k.hw.arena.write64(at, this.word(index, 8) | bits);
  }
}

/** Runs an agent until it has done a step with this label. */
export function stepTo(agent: Agent, label: string): void {
  for (let n = 0; n < 200; n++) if (agent.step().step.label === label) return;
  throw new Error(`${label} never came`);
}

/** Labels of the steps that an agent does until it returns. */
export function stepsOf(agent: Agent): string[] {
  const steps: string[] = [];
  while (agent.value === null) steps.push(agent.step().step.label);
  return steps;
}
