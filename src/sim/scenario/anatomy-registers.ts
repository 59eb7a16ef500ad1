// The registers that the anatomy of an entry and an exit compares.
/** Registers that belong to the partition, and those of which host and guest have their own. */
const PARTITION = ['LPIDR', 'SDR1', 'LPCR', 'RMOR', 'HID0', 'HID4'] as const;
const OWN = ['DSCR', 'AMR', 'UAMOR', 'DABR', 'DABRX', 'MMCR0', 'CTRL', 'SPRG3'] as const;
const OF_GUEST = [
  ...['SPRG0', 'SPRG1', 'SPRG2', 'DAR', 'DSISR', 'MMCR1', 'MMCRA'],
  ...['PMC1', 'PMC2', 'PMC3', 'PMC4', 'PMC5', 'PMC6', 'PMC7', 'PMC8'],
  ...['CTR', 'LR', 'VRSAVE'],
] as const;
/** What the host must find as it was. */
export const HOST_REGISTERS: readonly string[] = [
  ...PARTITION,
  ...OWN,
  'HSPRG0',
  'SLB',
  'r1',
  'r13',
];
/** What the guest must find as it left it. */
export const GUEST_REGISTERS: readonly string[] = [...OWN, ...OF_GUEST, 'SLB', 'r31', 'f14'];
export const REGISTERS: readonly string[] = [...new Set([...HOST_REGISTERS, ...GUEST_REGISTERS])];
