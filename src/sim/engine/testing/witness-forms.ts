// Forms that the witness leaves out: the architecture leaves them undefined, or QEMU gets them wrong.

/** Values that a field has in the cases of these rows. */
export interface Forms {
  readonly rows: RegExp;
  readonly field: string;
  readonly values: readonly number[];
  readonly isa: string;
  /** Why the other values are left out. */
  readonly why: string;
}

const upTo = (last: number) => Array.from({ length: last + 1 }, (_, i) => i);
const ATOMIC = {
  field: 'FC',
  isa: 'Book II 4.5',
  why: 'no operation; QEMU takes the signed maximum and minimum of words (5, 7) for unsigned, and looks for the bound of a decrement (28) on the wrong side',
};
const ELEMENT = {
  field: 'UIM_B',
  isa: 'Book I 6.8.7, 6.8.8, 7.6.3',
  why: 'undefined: the element reaches beyond the register',
};

export const FORMS: readonly Forms[] = [
  { rows: /^lwat$/, values: [0, 1, 2, 3, 4, 6, 8, 16, 24, 25], ...ATOMIC },
  { rows: /^ldat$/, values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 25], ...ATOMIC },
  { rows: /^stwat$/, values: [0, 1, 2, 3, 4, 6, 24], ...ATOMIC },
  { rows: /^stdat$/, values: [0, 1, 2, 3, 4, 5, 6, 7, 24], ...ATOMIC },
  {
    rows: /^addex$/,
    field: 'CY',
    values: [0],
    isa: 'Book I 3.3.9',
    why: 'reserved values, which QEMU refuses',
  },
  {
    rows: /^dcbf$/,
    field: 'L_DCBF',
    values: [0],
    isa: 'Book II 4.3.2',
    why: 'local flushes, which QEMU 7.2 does not know',
  },
  { rows: /^v(extractu|insert)h$/, values: upTo(14), ...ELEMENT },
  { rows: /^(v(extractu|insert)w|xxextractuw|xxinsertw)$/, values: upTo(12), ...ELEMENT },
  { rows: /^v(extract|insert)d$/, values: upTo(8), ...ELEMENT },
];

/** In 32-bit mode: a 32-bit CPU compares words only. */
export const FORMS_32: readonly Forms[] = [
  ...FORMS,
  {
    rows: /^cmpl?i?$/,
    field: 'L',
    values: [0],
    isa: 'Book I 3.3.10',
    why: 'a 32-bit CPU compares words only',
  },
];
