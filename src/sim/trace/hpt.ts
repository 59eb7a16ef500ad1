// Words of the pictures of a hashed page table, the same in the worker and in the page.

/**
 * Bits of an entry's summary byte. Those of doubleword 0 stand where the HPTE has them (in both layouts); R and C come
 * from doubleword 1, R in the place of the guest's own lock bit. HVLOCK (here LOCKED) and ABSENT are KVM's
 * (kvm_book3s_64.h).
 */
export const SUMMARY = {
  VALID: 0x01,
  SECONDARY: 0x02,
  LARGE: 0x04,
  R: 0x08,
  BOLTED: 0x10,
  ABSENT: 0x20,
  LOCKED: 0x40,
  C: 0x80,
} as const;

/** Entries of a PTE group. */
export const SLOTS = 8;

/** What an input can do to an entry. New ones go to the end: links hold their numbers. */
export const HPTE_EDITS = ['invalidate', 'lock', 'unlock', 'clear-r', 'clear-c', 'bad'] as const;
export type HpteEdit = (typeof HPTE_EDITS)[number];

/** 'PTEG 17 slot 1' for entry 137 of a table. */
export const slotName = (slot: number): string =>
  `PTEG ${Math.floor(slot / SLOTS)} slot ${slot % SLOTS}`;
