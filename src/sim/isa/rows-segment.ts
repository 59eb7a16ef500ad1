// Power ISA v2.07 and v3.0B Book III 5.9: instructions that manage the segment and translation lookaside buffers.
import { chapter } from './chapter.ts';
import type { Row } from './row.ts';

const SLB_SECTION = 'Book III 5.9.3.2 SLB Management Instructions';
const slb = chapter(SLB_SECTION, { since: '2.01', privilege: 'supervisor' });
const segmentTable = chapter(SLB_SECTION, { since: '3.0', privilege: 'supervisor' });
const tlb = chapter('Book III 5.9.3.3 TLB Management Instructions', { privilege: 'supervisor' });

export const SEGMENT_ROWS: readonly Row[] = [
  slb(
    'slbmte',
    'X',
    '011111 {RS} ----- {RB} 0110010010 -',
    'RS,RB',
    (b) => void b.helper('slbmte', b.reg('RS'), b.reg('RB')),
  ),
  slb('slbmfee', 'X', '011111 {RT} ----- {RB} 1110010011 -', 'RT,RB', (b) =>
    b.setReg('RT', b.helper('slbmfee', b.reg('RB'))),
  ),
  slb('slbmfev', 'X', '011111 {RT} ----- {RB} 1101010011 -', 'RT,RB', (b) =>
    b.setReg('RT', b.helper('slbmfev', b.reg('RB'))),
  ),
  slb(
    'slbfee.',
    'X',
    '011111 {RT} ----- {RB} 1111010011 1',
    'RT,RB',
    (b) => b.setReg('RT', b.helper('slbfee', b.reg('RB'))),
    { since: '2.05' },
  ),
  slb(
    'slbie',
    'X',
    '011111 ----- ----- {RB} 0110110010 -',
    'RB',
    (b) => void b.helper('slbie', b.reg('RB')),
  ),
  slb(
    'slbia',
    'X',
    '011111 -- {IH} ----- ----- 0111110010 -',
    '[IH]',
    (b) => void b.helper('slbia', b.imm('IH')),
  ),
  segmentTable(
    'slbieg',
    'X',
    '011111 {RS} ----- {RB} 0111010010 -',
    'RS,RB',
    (b) => void b.helper('slbieg', b.reg('RS'), b.reg('RB')),
  ),
  // Nobody else has entries of segment tables, so there is nothing to wait for.
  segmentTable('slbsync', 'X', '011111 ----- ----- ----- 0101010010 -', '', () => {}),

  tlb(
    'tlbie',
    'X',
    '011111 {RS} - {RIC} {PRS} {R_TLB} {RB} 0100110010 -',
    'RB,RS[,RIC][,PRS][,R_TLB]',
    (b) => void b.helper('tlbie', b.reg('RB'), b.reg('RS')),
  ),
  tlb(
    'tlbiel',
    'X',
    '011111 {RS} - {RIC} {PRS} {R_TLB} {RB} 0100010010 -',
    'RB[,RS][,RIC][,PRS][,R_TLB]',
    (b) => void b.helper('tlbiel', b.reg('RB'), b.reg('RS'), b.imm('PRS')),
  ),
  tlb('tlbsync', 'X', '011111 ----- ----- ----- 1000110110 -', '', (b) => void b.helper('tlbsync')),
];
