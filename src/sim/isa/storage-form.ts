// What a load or store instruction does, taken from the semantics of its row: for who emulates it outside the engine.
import type { Builder, Expr, Size } from './builder.ts';
import { Describer, type Place } from './describer.ts';
import type { Row } from './row.ts';

/** A load or store of one value between storage and a register. */
export interface StorageForm {
  readonly store: boolean;
  /** Bytes in storage. */
  readonly size: Size;
  /** A load extends the sign. */
  readonly signed: boolean;
  /** The byte order is not the thread's. */
  readonly reversed: boolean;
  /** RA := the effective address. */
  readonly update: boolean;
  /** GPR or FPR, and the field that names it. */
  readonly file: 'gpr' | 'fpr';
  readonly register: string;
  /** Single format in storage, double in the FPR. */
  readonly single: boolean;
}

interface Access {
  readonly store: boolean;
  readonly size: Size;
  readonly signed: boolean;
  readonly reversed: boolean;
}

/** Runs the semantics and notes single accesses; everything else that touches storage makes it no simple form. */
class Recorder extends Describer {
  readonly accesses: Access[] = [];
  single = false;

  constructor() {
    super({});
    const { fromSingle, toSingle } = this.fp;
    this.fp.fromSingle = (word) => {
      this.single = true;
      return fromSingle.call(this.fp, word);
    };
    this.fp.toSingle = (value) => {
      this.single = true;
      return toSingle.call(this.fp, value);
    };
  }

  override load(ea: Expr, size: Size, opt: { signed?: boolean; reversed?: boolean } = {}): Expr {
    const { signed = false, reversed = false } = opt;
    this.accesses.push({ store: false, size, signed, reversed });
    return super.load(ea, size, opt);
  }
  override store(ea: Expr, size: Size, value: Expr, opt: { reversed?: boolean } = {}): void {
    const { reversed = false } = opt;
    this.accesses.push({ store: true, size, signed: false, reversed });
    super.store(ea, size, value, opt);
  }
}

const GPRS = ['RT', 'RS'];
const FPRS = ['FRT', 'FRS'];
/** Places that a simple form reads or writes. */
const SIMPLE = [...GPRS, ...FPRS, 'RA', 'RA0', 'RB', 'memory'];
const nameOf = (place: Place): string => ('field' in place ? place.field : place.name);

const forms = new WeakMap<Row, StorageForm | null>();

/** The row's form; null when it is no load or store, or one of several values (lmw, lq, lfdp), of vectors or atomic. */
export function storageForm(row: Row): StorageForm | null {
  const known = forms.get(row);
  if (known !== undefined) return known;
  const form = derive(row);
  forms.set(row, form);
  return form;
}

function derive(row: Row): StorageForm | null {
  const b = new Recorder();
  row.sem(b satisfies Builder);
  const [access] = b.accesses;
  const writes = [...b.writes.values()].map(nameOf);
  const places = [...b.reads.values()].map(nameOf).concat(writes);
  if (!access || b.accesses.length > 1 || places.some((name) => !SIMPLE.includes(name)))
    return null;
  const register = (access.store ? places : writes).find((name) =>
    [...GPRS, ...FPRS].includes(name),
  );
  if (register === undefined) return null;
  const file = FPRS.includes(register) ? 'fpr' : 'gpr';
  return { ...access, update: writes.includes('RA'), file, register, single: b.single };
}
