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
const branching = chapter('Book II 7.2.2 Event-Based Branch Instruction', { since: '2.07' });
const saving = chapter('Book III v2.07 3.3.2 Power-Saving Mode Instructions', {
  since: '2.06',
  until: '2.07',
  privilege: 'hypervisor',
});
const waiting = chapter('Book II 4.6.4 Wait Instruction', { since: '3.0' });
const attention = chapter('Book III Appendix A Support Processor Attention', { since: '2.01' });
const HYPERVISOR = { privilege: 'hypervisor' } as const;
const SUPERVISOR = { privilege: 'supervisor' } as const;
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

  // GNU as writes mfspr for mftb; older programs have this word.
  moving('mftb', 'XFX', '011111 {RT} {TBR_OLD} 0101110011 -', 'RT,TBR_OLD', (b) =>
    b.setReg('RT', b.helper('mfspr', b.imm('TBR_OLD'))),
  ),

  calling('sc', 'SC', '010001 ----- ----- ---- {LEV} --- 1 -', '[LEV]', (b) => {
    b.helper('sc', b.imm('LEV'));
  }),
  calling(
    'scv',
    'SC',
    '010001 ----- ----- ---- {LEV} --- 0 1',
    'LEV',
    (b) => void b.helper('scv', b.imm('LEV')),
    V30,
  ),
  calling('rfid', 'XL', '010011 ----- ----- ----- 0000010010 -', '', call('rfid'), SUPERVISOR),
  calling('rfscv', 'XL', '010011 ----- ----- ----- 0001010010 -', '', call('rfscv'), {
    ...V30,
    ...SUPERVISOR,
  }),
  calling('hrfid', 'XL', '010011 ----- ----- ----- 0100010010 -', '', call('hrfid'), HYPERVISOR),
  branching(
    'rfebb',
    'XL',
    '010011 ----- ----- ---- {S_EBB} 0010010010 -',
    '[S_EBB]',
    (b) => void b.helper('rfebb', b.imm('S_EBB')),
  ),

  saving('doze', 'XL', '010011 ----- ----- ----- 0110010010 -', '', call('doze')),
  saving('nap', 'XL', '010011 ----- ----- ----- 0110110010 -', '', call('nap')),
  saving('sleep', 'XL', '010011 ----- ----- ----- 0111010010 -', '', call('sleep')),
  saving('rvwinkle', 'XL', '010011 ----- ----- ----- 0111110010 -', '', call('rvwinkle')),
  calling('stop', 'XL', '010011 ----- ----- ----- 0101110010 -', '', call('stop'), {
    ...V30,
    ...SUPERVISOR,
  }),
  // It may end at any time, so it does at once.
  waiting('wait', 'X', '011111 --- {WC} ----- ----- 0000011110 -', '[WC]', () => {}),
  attention('attn', 'X', '000000 ----- ----- ----- 0100000000 -', '', call('attn')),

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
