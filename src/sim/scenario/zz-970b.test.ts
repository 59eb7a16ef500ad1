import { test } from 'vitest';
import { report } from './report.ts';
import { makeGuest } from './testing/make.ts';
import { anatomyObserver } from './anatomy-monitor.ts';
import { SMT2 } from './zz-970-guest.ts';
const MB=2**20;
const LOCKS = ['kvmppc_hv_entry','hdec_soon'].map((routine)=>({routine, remove:'tlbie_lock'}));
test.each([[[]], [LOCKS]])('mut %j', (mut) => {
  for (const seed of [0,1,2,3]) {
  const l = makeGuest('', { seed }, { cpu: '970', cores: 2, online: [0,1], vcpus: 2, virtualSmt: 1, memory: 64*MB, rma: true, realBytes: 128*MB, boot: {hugepages: 0, kvm_rma_size: 64*MB, kvm_rma_count: 1}, guest: SMT2, stepLimit: 60000, observer: anatomyObserver }, mut);
  const t0 = performance.now();
  l.machine.advance(Number.POSITIVE_INFINITY);
  console.log(seed, l.machine.step, l.machine.endReason(), performance.now() - t0, report(l).console, JSON.stringify(l.machine.m.violations.map(v=>[v.id,v.step,v.why])), l.machine.m.exits_by_reason);
  }
});
