import { exploreSystem } from '../../../src/sim/scenario/testing/search.ts';
for (let i=0;i<3;i++) for (const unreduced of [true,false]) { const c=process.cpuUsage().user;
const {failures,...f}=exploreSystem({scenario:'cede-ipi-cores', limit: unreduced?60000:12000, unreduced} as never);
const s=(process.cpuUsage().user-c)/1e6; console.log(unreduced, f.states, f.moves, f.steps, s.toFixed(2), 'cpu s', (f.states/s|0)+' states/cpu-s', (f.steps/s|0)+' steps/cpu-s', failures.length); }
