// Prints the speed of the interpreter in Node: npx tsx scripts/bench-engine.ts
import { engine } from './bench/engine.ts';
import { table } from './bench/table.ts';

console.log(table(await engine()));
