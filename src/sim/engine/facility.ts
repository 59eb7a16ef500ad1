// Which facility an instruction lacks: rows say what they need (isa/row.ts), `run` was told what there is.
import { facilityField } from '../isa/pattern.ts';
import { type Facility, facilityFor, type Row } from '../isa/row.ts';
import { Cause } from './api.ts';
import { type I32, i32, i32Const } from './emitter.ts';
import { LOCAL, STATE } from './frame.ts';
import { THREAD } from './layout.ts';
import type { OperandLayout } from './operands.ts';

/** MSR bits by facility, which SCRATCH.facilities holds, and what their absence raises. */
export const FACILITIES: Readonly<Record<Facility, { bit: number; cause: Cause }>> = {
  FP: { bit: 1 << 13, cause: Cause.fpUnavailable },
  VEC: { bit: 1 << 25, cause: Cause.vectorUnavailable },
  VSX: { bit: 1 << 23, cause: Cause.vsxUnavailable },
};

/** Offset of VSR 32 in the thread's pages. */
const UPPER = THREAD.vsr + 16 * 32;

/** Reasons not to execute the row: when `cond` holds, `cause` is raised. At most one holds. */
export function withheldBy(
  row: Row,
  layout: OperandLayout,
): readonly { readonly cond: I32; readonly cause: Cause }[] {
  if (row.facility === undefined) return [];
  const [lower, upper] = [facilityFor(row.facility, 0), facilityFor(row.facility, 32)];
  if (lower === upper) return [{ cond: isOff(lower), cause: FACILITIES[lower].cause }];
  const offset = i32.load16(LOCAL.ip, layout.place(facilityField(row), 'vsr').offset);
  const isLower = i32.shrU(i32.sub(offset, i32Const(UPPER)), i32Const(31));
  return [
    { cond: i32.and(isLower, isOff(lower)), cause: FACILITIES[lower].cause },
    { cond: i32.and(i32.eqz(isLower), isOff(upper)), cause: FACILITIES[upper].cause },
  ];
}

function isOff(facility: Facility): I32 {
  return i32.eqz(i32.and(STATE.facilities.value, i32Const(FACILITIES[facility].bit)));
}
