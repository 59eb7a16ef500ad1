// Power ISA v3.0B Book I 3.3.17 (move to and from system registers), Book I 2.6 and Book III chapters 4, 5, 11.

import type { HelperName } from './builder.ts';
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';
import type { Sem } from './semantics.ts';

const moving = chapter('Book I 3.3.17 Move To/From System Register Instructions');
const calling = chapter('Book III 3.3.1 System Linkage Instructions');
const state = chapter('Book III 4.4.3 Move To/From System Register Instructions', {
  privilege: 'supervisor',
});
const doorbell = chapter('Book III 11 Processor Control', {
  since: '2.07',
  privilege: 'supervisor',
});
const HYPERVISOR = { privilege: 'hypervisor' } as const;
const V30 = { since: '3.0' } as const;

const call =
  (name: HelperName): Sem =>
  (b) =>
    void b.helper(name);
const message =
  (name: HelperName): Sem =>
  (b) =>
    void b.helper(name, b.reg('RB'));

export const SYSTEM_ROWS: readonly Row[] = [
  moving(
    'mtspr',
    'XFX',
    '011111 {RS} {SPR} 0111010011 -',
    'SPR,RS',
    (b) => void b.helper('mtspr', b.imm('SPR'), b.reg('RS')),
  ),
  moving('mfspr', 'XFX', '011111 {RT} {SPR} 0101010011 -', 'RT,SPR', (b) =>
    b.setReg('RT', b.helper('mfspr', b.imm('SPR'))),
  ),
  // The engine holds XER, LR and CTR itself; these rows are the SPR numbers 1, 8 and 9, halves swapped.
  moving('mtxer', 'XFX', '011111 {RS} 00001 00000 0111010011 -', 'RS', (b) =>
    b.setXer(b.reg('RS')),
  ),
  moving('mtlr', 'XFX', '011111 {RS} 01000 00000 0111010011 -', 'RS', (b) =>
    b.setSpr('LR', b.reg('RS')),
  ),
  moving('mtctr', 'XFX', '011111 {RS} 01001 00000 0111010011 -', 'RS', (b) =>
    b.setSpr('CTR', b.reg('RS')),
  ),
  moving('mfxer', 'XFX', '011111 {RT} 00001 00000 0101010011 -', 'RT', (b) =>
    b.setReg('RT', b.xer()),
  ),
  moving('mflr', 'XFX', '011111 {RT} 01000 00000 0101010011 -', 'RT', (b) =>
    b.setReg('RT', b.spr('LR')),
  ),
  moving('mfctr', 'XFX', '011111 {RT} 01001 00000 0101010011 -', 'RT', (b) =>
    b.setReg('RT', b.spr('CTR')),
  ),
  moving(
    'mcrxrx',
    'X',
    '011111 {BF} -- ----- ----- 1001000000 -',
    'BF',
    (b) => {
      const xer = b.let('xer', b.xer());
      const pair = (ov: bigint) => b.and(b.shrU(xer, b.const(ov)), b.const(1n));
      const [OV, OV32, CA, CA32] = [pair(30n), pair(19n), pair(29n), pair(18n)];
      const high = b.or(b.shl(OV, b.const(3n)), b.shl(OV32, b.const(2n)));
      b.setCrField('BF', b.or(high, b.or(b.shl(CA, b.const(1n)), CA32)));
    },
    V30,
  ),
  moving('mtcrf', 'XFX', '011111 {RS} 0 {FXM} - 0010010000 -', 'FXM,RS', (b) =>
    b.setCr(b.reg('RS'), b.imm('FXM')),
  ),
  moving('mtocrf', 'XFX', '011111 {RS} 1 {FXM} - 0010010000 -', 'FXM1,RS', (b) =>
    b.setCr(b.reg('RS'), b.imm('FXM')),
  ),
  moving('mfcr', 'XFX', '011111 {RT} 0 --------- 0000010011 -', 'RT', (b) =>
    b.setReg('RT', b.cr()),
  ),
  moving('mfocrf', 'XFX', '011111 {RT} 1 {FXM} - 0000010011 -', 'RT,FXM1', (b) =>
    b.setReg('RT', b.and(b.cr(), b.imm('MASK_FXM'))),
  ),

  calling(
    'sc',
    'SC',
    '010001 ----- ----- ---- {LEV} --- 1 -',
    '[LEV]',
    (b) => void b.helper('sc', b.imm('LEV')),
  ),
  calling('rfid', 'XL', '010011 ----- ----- ----- 0000010010 -', '', call('rfid'), {
    privilege: 'supervisor',
  }),
  calling('hrfid', 'XL', '010011 ----- ----- ----- 0100010010 -', '', call('hrfid'), HYPERVISOR),
  calling('stop', 'XL', '010011 ----- ----- ----- 0101110010 -', '', call('stop'), {
    ...V30,
    privilege: 'supervisor',
  }),

  state(
    'mtmsr',
    'X',
    '011111 {RS} ---- {L_MSR} ----- 0010010010 -',
    'RS[,L_MSR]',
    (b) => void b.helper('mtmsr', b.reg('RS'), b.imm('L_MSR')),
  ),
  state(
    'mtmsrd',
    'X',
    '011111 {RS} ---- {L_MSR} ----- 0010110010 -',
    'RS[,L_MSR]',
    (b) => void b.helper('mtmsrd', b.reg('RS'), b.imm('L_MSR')),
  ),
  state('mfmsr', 'X', '011111 {RT} ----- ----- 0001010011 -', 'RT', (b) =>
    b.setReg('RT', b.helper('mfmsr')),
  ),

  doorbell(
    'msgsnd',
    'X',
    '011111 ----- ----- {RB} 0011001110 -',
    'RB',
    message('msgsnd'),
    HYPERVISOR,
  ),
  doorbell(
    'msgclr',
    'X',
    '011111 ----- ----- {RB} 0011101110 -',
    'RB',
    message('msgclr'),
    HYPERVISOR,
  ),
  doorbell('msgsndp', 'X', '011111 ----- ----- {RB} 0010001110 -', 'RB', message('msgsndp')),
  doorbell('msgclrp', 'X', '011111 ----- ----- {RB} 0010101110 -', 'RB', message('msgclrp')),
  // Threads see each other's stores at once, so there is nothing to wait for.
  doorbell('msgsync', 'X', '011111 ----- ----- ----- 1101110110 -', '', () => {}, {
    ...V30,
    ...HYPERVISOR,
  }),
];
