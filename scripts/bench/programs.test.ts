import { expect, test } from 'vitest';
import { PROGRAMS } from './load/programs.ts';
import { programMachine } from './load/run-programs.ts';
import { checksumByQemu, hasQemu } from './qemu.ts';

test.each(PROGRAMS)('$title: three rounds give the checksum of qemu-ppc64', (program) => {
  const machine = programMachine(program, 3n);
  expect(machine.run(1e8)).toEqual({ reason: 'endless-branch' });
  expect(machine.hw.arena.gpr(0, 3)).toBe(program.checksum);
});

test.runIf(hasQemu()).each(PROGRAMS)(
  '$title: so does qemu-ppc64 where it is installed',
  (program) => {
    expect(checksumByQemu(program, 3)).toBe(program.checksum);
  },
);
