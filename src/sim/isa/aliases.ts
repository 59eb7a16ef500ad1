// Simplified mnemonics: Power ISA v3.0B Book I appendix C, as GNU as and objdump know them.
// Each line reads 'name operands = row operands'; operands are fields, numbers or expressions over fields.
// '*' marks where the suffixes of the row's flags (o . l a) go when not at the end; '!' means no suffixes.

/** What an alias line is for. */
export interface AliasLine {
  readonly text: string;
  readonly use: 'both' | 'assemble' | 'disassemble';
}

const BOTH = `
miso! = or 26,26,26
yield! = or 27,27,27
mdoio! = or 29,29,29
mdoom! = or 30,30,30
mr RA,RS = or RA,RS,RS
not RA,RS = nor RA,RS,RS
nop = ori 0,0,0
exser = ori 31,31,0
xnop = xori 0,0,0
li RT,SI = addi RT,0,SI
lis RT,SIS = addis RT,0,SIS
lnia RT = addpcis RT,0
cmpw [BF,]RA,RB = cmp BF,0,RA,RB
cmpd [BF,]RA,RB = cmp BF,1,RA,RB
cmplw [BF,]RA,RB = cmpl BF,0,RA,RB
cmpld [BF,]RA,RB = cmpl BF,1,RA,RB
cmpwi [BF,]RA,SI = cmpi BF,0,RA,SI
cmpdi [BF,]RA,SI = cmpi BF,1,RA,SI
cmplwi [BF,]RA,UIS = cmpli BF,0,RA,UIS
cmpldi [BF,]RA,UIS = cmpli BF,1,RA,UIS
crset BT = creqv BT,BT,BT
crclr BT = crxor BT,BT,BT
crmove BT,BA = cror BT,BA,BA
crnot BT,BA = crnor BT,BA,BA
isellt RT,RA0,RB = isel RT,RA0,RB,0
iselgt RT,RA0,RB = isel RT,RA0,RB,1
iseleq RT,RA0,RB = isel RT,RA0,RB,2
rotlwi RA,RS,SH = rlwinm RA,RS,SH,0,31
clrlwi RA,RS,MB = rlwinm RA,RS,0,MB,31
slwi RA,RS,SH = rlwinm RA,RS,SH,0,31-SH
srwi RA,RS,MB = rlwinm RA,RS,(32-MB)&31,MB,31
clrrwi RA,RS,n5 = rlwinm RA,RS,0,0,31-n5
rotlw RA,RS,RB = rlwnm RA,RS,RB,0,31
rotldi RA,RS,sh = rldicl RA,RS,sh,0
clrldi RA,RS,mb = rldicl RA,RS,0,mb
srdi RA,RS,mb = rldicl RA,RS,(64-mb)&63,mb
clrrdi RA,RS,n6 = rldicr RA,RS,0,63-n6
sldi RA,RS,sh = rldicr RA,RS,sh,63-sh
rotld RA,RS,RB = rldcl RA,RS,RB,0
trap = tw 31,0,0
hwsync = sync 0
lwsync = sync 1
ptesync = sync 2
dcbfl RA0,RB = dcbf RA0,RB,1
dcbflp RA0,RB = dcbf RA0,RB,3
dcbtct RA0,RB[,TH_CT] = dcbt RA0,RB,TH_CT
dcbtds RA0,RB[,TH_DS] = dcbt RA0,RB,TH_DS
dcbtt RA0,RB = dcbt RA0,RB,16
dcbtstct RA0,RB[,TH_CT] = dcbtst RA0,RB,TH_CT
dcbtstds RA0,RB[,TH_DS] = dcbtst RA0,RB,TH_DS
dcbtstt RA0,RB = dcbtst RA0,RB,16
mtcr RS = mtcrf 255,RS
mftb RT = mfspr RT,268
mftbu RT = mfspr RT,269
mfsprg RT,SPRG = mfspr RT,272+SPRG
mtsprg SPRG,RS = mtspr 272+SPRG,RS
mfibatu RT,BAT = mfspr RT,528+2*BAT
mfibatl RT,BAT = mfspr RT,529+2*BAT
mfdbatu RT,BAT = mfspr RT,536+2*BAT
mfdbatl RT,BAT = mfspr RT,537+2*BAT
mtibatu BAT,RS = mtspr 528+2*BAT,RS
mtibatl BAT,RS = mtspr 529+2*BAT,RS
mtdbatu BAT,RS = mtspr 536+2*BAT,RS
mtdbatl BAT,RS = mtspr 537+2*BAT,RS
blr* [BH] = bclr 20,0,BH
bctr* [BH] = bcctr 20,0,BH
btar* [BH] = bctar 20,0,BH
vmr VRT,VRA = vor VRT,VRA,VRA
vnot VRT,VRA = vnor VRT,VRA,VRA
xxmr XT,XA = xxlor XT,XA,XA
xxlnot XT,XA = xxlnor XT,XA,XA
xvmovdp XT,XA = xvcpsgndp XT,XA,XA
xvmovsp XT,XA = xvcpsgnsp XT,XA,XA
xxspltd XT,XA,u1 = xxpermdi XT,XA,XA,3*u1
xxmrghd XT,XA,XB = xxpermdi XT,XA,XB,0
xxmrgld XT,XA,XB = xxpermdi XT,XA,XB,3
xxswapd XT,XA = xxpermdi XT,XA,XA,2
mffprd RA,FRS = mfvsrd RA,FRS
mfvrd RA,VRS = mfvsrd RA,VRS+32
mffprwz RA,FRS = mfvsrwz RA,FRS
mfvrwz RA,VRS = mfvsrwz RA,VRS+32
mtfprd FRT,RA = mtvsrd FRT,RA
mtvrd VRT,RA = mtvsrd VRT+32,RA
mtfprwa FRT,RA = mtvsrwa FRT,RA
mtvrwa VRT,RA = mtvsrwa VRT+32,RA
mtfprwz FRT,RA = mtvsrwz FRT,RA
mtvrwz VRT,RA = mtvsrwz VRT+32,RA`;

/** For what no other conditional branch mnemonic fits. */
const HINTED = `
bc*+ BO_TAKEN,BI,BD = bc BO_TAKEN,BI,BD
bc*- BO_NOT,BI,BD = bc BO_NOT,BI,BD
bclr*+ BO_TAKEN,BI[,BH] = bclr BO_TAKEN,BI,BH
bclr*- BO_NOT,BI[,BH] = bclr BO_NOT,BI,BH
bctar*+ BO_TAKEN,BI[,BH] = bctar BO_TAKEN,BI,BH
bctar*- BO_NOT,BI[,BH] = bctar BO_NOT,BI,BH`;

/** Forms that as refuses (bcctr that counts). */
const PRINTED = `
bcctr*+ BO_TAKEN,BI[,BH] = bcctr BO_TAKEN,BI,BH
bcctr*- BO_NOT,BI[,BH] = bcctr BO_NOT,BI,BH`;

const ASSEMBLE = `
dclz RA0,RB = dcbz RA0,RB
waitasec = wait 0
la RT,D(RA0) = addi RT,RA0,D
subi RT,RA0,SI = addi RT,RA0,-SI
subis RT,RA0,SI = addis RT,RA0,-SI
subic RT,RA,SI = addic RT,RA,-SI
subic. RT,RA,SI = addic. RT,RA,-SI
subpcis RT,DX = addpcis RT,-DX
sub RT,RA,RB = subf RT,RB,RA
subc RT,RA,RB = subfc RT,RB,RA
extldi RA,RS,w6,b6 = rldicr RA,RS,b6,(w6-1)&63
extrdi RA,RS,n6,b6 = rldicl RA,RS,(b6+n6)&63,(64-n6)&63
insrdi RA,RS,w6,b6 = rldimi RA,RS,(64-(b6+w6))&63,b6
rotrdi RA,RS,n6 = rldicl RA,RS,(64-n6)&63,0
clrlsldi RA,RS,b6,n6 = rldic RA,RS,n6,(b6-n6)&63
extlwi RA,RS,w5,b5 = rlwinm RA,RS,b5,0,(w5-1)&31
extrwi RA,RS,n5,b5 = rlwinm RA,RS,(b5+n5)&31,(32-n5)&31,31
inslwi RA,RS,w5,b5 = rlwimi RA,RS,(32-b5)&31,b5,(b5+w5-1)&31
insrwi RA,RS,w5,b5 = rlwimi RA,RS,(32-(b5+w5))&31,b5,(b5+w5-1)&31
rotrwi RA,RS,n5 = rlwinm RA,RS,(32-n5)&31,0,31
rlwinm RA,RS,SH,MBE = rlwinm RA,RS,SH,0,0
rlwimi RA,RS,SH,MBE = rlwimi RA,RS,SH,0,0
rlwnm RA,RS,RB,MBE = rlwnm RA,RS,RB,0,0
clrlslwi RA,RS,b5,n5 = rlwinm RA,RS,n5,(b5-n5)&31,31-n5
mtcrf FXM1,RS = mtocrf FXM1,RS
bc*+ BO_PLAIN,BI,BD = bc BO_PLAIN+3+(BO_PLAIN>>4)*6,BI,BD
bc*- BO_PLAIN,BI,BD = bc BO_PLAIN+2+(BO_PLAIN>>4)*6,BI,BD
bclr*+ BO_PLAIN,BI[,BH] = bclr BO_PLAIN+3+(BO_PLAIN>>4)*6,BI,BH
bclr*- BO_PLAIN,BI[,BH] = bclr BO_PLAIN+2+(BO_PLAIN>>4)*6,BI,BH
bcctr*+ BO_PLAIN,BI[,BH] = bcctr BO_PLAIN+3+(BO_PLAIN>>4)*6,BI,BH
bcctr*- BO_PLAIN,BI[,BH] = bcctr BO_PLAIN+2+(BO_PLAIN>>4)*6,BI,BH
bctar*+ BO_PLAIN,BI[,BH] = bctar BO_PLAIN+3+(BO_PLAIN>>4)*6,BI,BH
bctar*- BO_PLAIN,BI[,BH] = bctar BO_PLAIN+2+(BO_PLAIN>>4)*6,BI,BH
mftb RT,TBR = mfspr RT,TBR`;

/** Names that GNU as knows for SPRs: name:number, 'r' read only, 'w' write only. */
const SPR_NAMES =
  'udscr:3 rtcu:4r rtcl:5r uamr:13 dscr:17 dsisr:18 dar:19 rtcu:20w rtcl:21w dec:22 sdr1:25 ' +
  'srr0:26 srr1:27 cfar:28 amr:29 tfhar:128w tfiar:129w texasr:130w texasru:131w ctrl:136r ' +
  'ctrl:152w uamor:157 vrsave:256 asr:280 ear:282 tbl:284w tbu:285w pvr:287r hmer:336 ' +
  'hmeer:337 amor:349 ummcr2:769 ummcra:770 upmc1:771 upmc2:772 upmc3:773 upmc4:774 upmc5:775 ' +
  'upmc6:776 ummcr0:779 usiar:780r usdar:781r ummcr1:782r mmcra:786w pmc1:787w pmc2:788w ' +
  'pmc3:789w pmc4:790w pmc5:791w pmc6:792w mmcr0:795w mmcr1:798w bescrs:800 bescrsu:801 ' +
  'bescrr:802 bescrru:803 ebbhr:804 ebbrr:805 bescr:806 tar:815 ic:848 vtb:849 ppr:896 ' +
  'ppr32:898 ';

/** Other names of the same, which are never printed. */
const SPR_SYNONYMS =
  'tbl:268r mmcr0:779r mmcr1:782r mmcr2:769 mmcra:770r pmc1:771r pmc2:772r pmc3:773r pmc4:774r ' +
  'pmc5:775r pmc6:776r siar:780r sdar:781r sprg0:272 sprg1:273 sprg2:274 sprg3:275';

function sprLines(names: string): string[] {
  return names
    .trim()
    .split(' ')
    .flatMap((entry) => {
      const [, name = '', num = '', way = 'rw'] = /^(\w+):(\d+)([rw]?)$/.exec(entry) ?? [];
      const lines = [`mf${name} RT = mfspr RT,${num}`, `mt${name} RS = mtspr ${num},RS`];
      return way === 'r' ? lines.slice(0, 1) : way === 'w' ? lines.slice(1) : lines;
    });
}

const TRAP_CODES: readonly [name: string, to: number, printed: boolean][] = [
  ['lgt', 1, true],
  ['llt', 2, true],
  ['eq', 4, true],
  ['lge', 5, true],
  ['lle', 6, true],
  ['gt', 8, true],
  ['ge', 12, true],
  ['lt', 16, true],
  ['le', 20, true],
  ['ne', 24, true],
  ['u', 31, true],
  ['lnl', 5, false],
  ['lng', 6, false],
  ['nl', 12, false],
  ['ng', 20, false],
];

function trapLines(): AliasLine[] {
  return TRAP_CODES.flatMap(([code, to, printed]) =>
    ['tw', 'td'].flatMap((name): AliasLine[] => {
      const use = printed ? 'both' : 'assemble';
      return [
        { text: `${name}${code} RA,RB = ${name} ${to},RA,RB`, use },
        { text: `${name}${code}i RA,SI = ${name}i ${to},RA,SI`, use },
      ];
    }),
  );
}

/** Condition names: the sense of the CR bit (BO1), its place in the CR field, printed or only understood. */
const CONDITIONS: readonly [name: string, whenTrue: boolean, bit: number, printed: boolean][] = [
  ['lt', true, 0, true],
  ['gt', true, 1, true],
  ['eq', true, 2, true],
  ['so', true, 3, true],
  ['ge', false, 0, true],
  ['le', false, 1, true],
  ['ne', false, 2, true],
  ['ns', false, 3, true],
  ['un', true, 3, false],
  ['nl', false, 0, false],
  ['ng', false, 1, false],
  ['nu', false, 3, false],
];

/** Where a conditional branch goes: the row, and how that shows in name and operands. */
const TARGETS = [
  { row: 'bc', suffix: '', operand: 'BD', counts: true },
  { row: 'bclr', suffix: 'lr', operand: '[BH]', counts: true },
  { row: 'bcctr', suffix: 'ctr', operand: '[BH]', counts: false },
  { row: 'bctar', suffix: 'tar', operand: '[BH]', counts: true },
] as const;
type Target = (typeof TARGETS)[number];

/** BO values of a branch without hint, with '-', with '+'. */
const CR_HINTS = [
  ['', 0],
  ['-', 2],
  ['+', 3],
] as const;
const CTR_HINTS = [
  ['', 0],
  ['-', 8],
  ['+', 9],
] as const;

function line(target: Target, name: string, own: string, bo: number, bi: string, hint = '') {
  const last = target.row === 'bc' ? 'BD' : 'BH';
  const operands = [own, target.operand].filter((operand) => operand !== '').join(',');
  return `${name}${target.suffix}*${hint} ${operands} = ${target.row} ${bo},${bi},${last}`;
}

/** objdump ignores the fifth bit of BO in bc where the manual reserves it. */
function reservedBit(target: Target, name: string, own: string, bo: number, bi: string) {
  if (target.row !== 'bc') return [];
  return [{ text: line(target, name, own, bo + 1, bi), use: 'disassemble' as const }];
}

function conditionLines(target: Target): AliasLine[] {
  return CONDITIONS.flatMap(([code, whenTrue, bit, printed]): AliasLine[] => {
    const bo = whenTrue ? 12 : 4;
    const bi = `4*BFA+${bit}`;
    const lines = CR_HINTS.map(
      ([hint, plus]): AliasLine => ({
        text: line(target, `b${code}`, '[BFA]', bo + plus, bi, hint),
        use: printed ? 'both' : 'assemble',
      }),
    );
    return printed ? [...lines, ...reservedBit(target, `b${code}`, '[BFA]', bo, bi)] : lines;
  });
}

/** bt and bf name the CR bit itself; bdnz and kin decrement CTR, bdnzt and kin look at a CR bit too. */
function countLines(target: Target): AliasLine[] {
  const lines: AliasLine[] = [];
  for (const [code, bo] of [
    ['t', 12],
    ['f', 4],
  ] as const) {
    for (const [hint, plus] of CR_HINTS) {
      lines.push({ text: line(target, `b${code}`, 'BI', bo + plus, 'BI', hint), use: 'assemble' });
    }
  }
  if (!target.counts) return lines;
  for (const [name, zero] of [
    ['bdnz', 0],
    ['bdz', 2],
  ] as const) {
    for (const [hint, plus] of CTR_HINTS) {
      lines.push({ text: line(target, name, '', 16 + zero + plus, '0', hint), use: 'both' });
    }
    lines.push(...reservedBit(target, name, '', 16 + zero, '0'));
    for (const [code, bo] of [
      ['t', 8],
      ['f', 0],
    ] as const) {
      lines.push({ text: line(target, `${name}${code}`, 'BI', bo + zero, 'BI'), use: 'both' });
      lines.push(...reservedBit(target, `${name}${code}`, 'BI', bo + zero, 'BI'));
    }
  }
  return lines;
}

function listed(text: string, use: AliasLine['use']): AliasLine[] {
  return text
    .trim()
    .split('\n')
    .map((each) => ({ text: each, use }));
}

/** Every alias; among those of one row the first that fits a word is the one to print. */
export function aliasLines(): AliasLine[] {
  return [
    ...listed(BOTH, 'both'),
    ...sprLines(SPR_NAMES).map((text): AliasLine => ({ text, use: 'both' })),
    ...sprLines(SPR_SYNONYMS).map((text): AliasLine => ({ text, use: 'assemble' })),
    ...trapLines(),
    ...TARGETS.flatMap((target) => [...conditionLines(target), ...countLines(target)]),
    ...listed(HINTED, 'both'),
    ...listed(PRINTED, 'disassemble'),
    ...listed(ASSEMBLE, 'assemble'),
  ];
}
