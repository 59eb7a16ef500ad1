// Inputs to an interrupt controller, the host's or a guest's: what a device, or a debugger that writes the controller's
// registers, would do. A guest's is in user space, whose outputs go on to KVM at once.
import { driveLines } from '../host/xics.ts';
import { NONE } from '../state/ids.ts';
import { fail, type Result, succeed } from '../state/user-error.ts';
import type { IrqOp } from '../trace/irq.ts';
import type { VmmCtx } from '../vmm/records.ts';
import { tellOutput } from '../vmm/spapr-xics.ts';
import { eoi, setCppr } from '../xics/icp.ts';
import { intOff, intOn, setIrq, writeXive } from '../xics/ics.ts';
import {
  icpOf,
  NO_PRIORITY,
  type Source,
  STATUS,
  sourceOf,
  XICS_IPI,
  type Xics,
} from '../xics/records.ts';
import { kickNow } from './ring.ts';

/** Numbers that an operation does not use are 0. */
export interface IrqAction {
  readonly kind: 'irq';
  /** Number of the VM from 0, or -1: the host's controller. */
  readonly vm: number;
  readonly op: IrqOp;
  readonly source: number;
  readonly server: number;
  /** Priority of the source, or CPPR (cppr, eoi). */
  readonly priority: number;
}

const hex = (n: number): string => `0x${n.toString(16).toUpperCase()}`;

/** Text of the input for lists and the log. */
export function irqText({ vm, op, source, server, priority }: IrqAction): string {
  const whose = vm < 0 ? 'the host' : `VM ${vm + 1}`;
  const what = source === XICS_IPI ? `the IPI of ${whose}` : `interrupt ${hex(source)} of ${whose}`;
  switch (op) {
    case 'trigger':
      return `the device raises ${what}`;
    case 'release':
      return `the device drops ${what}`;
    case 'mask':
      return `${what} is masked`;
    case 'unmask':
      return `${what} is unmasked`;
    case 'route':
      return `${what} goes to server ${server} with priority ${priority}`;
    case 'eoi':
      return `end of ${what} at server ${server}, CPPR := ${hex(priority)}`;
    case 'cppr':
      return `CPPR of server ${server} of ${whose} := ${hex(priority)}`;
  }
}

/** Applies it; a refusal changes nothing. Codes: NO_VM, NO_XICS, NO_SOURCE, NO_SERVER, BAD_PRIORITY, NOTHING_TO_DO. */
export function applyIrq(k: VmmCtx, action: IrqAction): Result<string> {
  const xics = action.vm < 0 ? k.host.xics : k.vmms[action.vm]?.xics;
  const checked = check(xics, action);
  if (!checked.ok) return checked;
  const { xics: to, source } = checked.value;
  act(to, action, source);
  const done = `${irqText(action)}; ${effect(to, source, action)}`;
  if (action.vm < 0) {
    driveLines(k, NONE);
    return succeed(done);
  }
  k.tid = 0;
  for (let vcpu = tellOutput(k, action.vm); vcpu !== null; vcpu = tellOutput(k, action.vm))
    if (vcpu >= 0) kickNow(k, vcpu);
  return succeed(done);
}

/** What the controller makes of it. */
function effect(xics: Xics, source: Source | undefined, { op, server }: IrqAction): string {
  if (!source || op === 'cppr' || op === 'eoi') {
    const { xisr } = icpOf(xics, server);
    const shown = xisr === XICS_IPI ? 'the IPI' : hex(xisr);
    return `server ${server} presents ${xisr === 0 ? 'nothing' : shown}`;
  }
  const at = xics.icps.findIndex(({ xisr }) => xisr === source.number);
  if (at >= 0) return `server ${at} presents it`;
  if (source.priority === NO_PRIORITY) return 'what comes waits until it is unmasked';
  const waits = (source.status & (STATUS.REJECTED | STATUS.ASSERTED)) !== 0;
  return waits ? `it waits for server ${source.server}` : 'nothing of it is on its way';
}

/** The controller, and the source where the operation has one; else what is wrong. */
function check(
  xics: Xics | undefined,
  action: IrqAction,
): Result<{ xics: Xics; source: Source | undefined }> {
  const { vm, op, server, priority } = action;
  if (!xics) return fail('NO_VM', `There is no VM ${vm + 1}.`);
  if (vm < 0 && xics.icps.length === 0)
    return fail('NO_XICS', 'The host of this CPU has no XICS: it ended with POWER8.');
  const source = sourceOf(xics, action.source);
  if (!source && op !== 'cppr' && op !== 'eoi') {
    const known = xics.sources.map(({ number }) => hex(number)).join(', ');
    return fail('NO_SOURCE', `There is no interrupt ${hex(action.source)}.`, `Known: ${known}.`);
  }
  const used = op === 'route' || op === 'eoi' || op === 'cppr' ? server : 0;
  if (!xics.icps[used]) {
    const last = xics.icps.length - 1;
    const hint =
      last < 0 ? 'Run until KVM_CREATE_VCPU has made its cpus.' : `Servers: 0 to ${last}.`;
    return fail('NO_SERVER', `There is no server ${used}.`, hint);
  }
  if (!Number.isInteger(priority) || priority < 0 || priority > NO_PRIORITY)
    return fail('BAD_PRIORITY', `A priority is 0 to 255, not ${priority}.`);
  const idle = source && isDone(source, op);
  return idle ? fail('NOTHING_TO_DO', idle) : succeed({ xics, source });
}

/** Why an operation on a source would change nothing, '' when it would. */
function isDone({ lsi, status, priority, saved_priority, server }: Source, op: IrqOp): string {
  if (op === 'release' && !lsi) return 'A message has no level that could drop.';
  if (op === 'release' && (status & STATUS.ASSERTED) === 0) return 'Its level is down already.';
  if (op === 'trigger' && (status & STATUS.ASSERTED) !== 0) return 'Its level is up already.';
  if (op === 'mask' && priority === NO_PRIORITY) return 'It is masked already.';
  if (op !== 'unmask') return '';
  if (priority !== NO_PRIORITY) return `It is not masked: it goes to server ${server}.`;
  if (saved_priority === NO_PRIORITY)
    return 'It had no priority when it was masked: route it with one.';
  return '';
}

function act(
  xics: Xics,
  { op, source: number, server, priority }: IrqAction,
  source?: Source,
): void {
  if (op === 'cppr') setCppr(xics, server, priority);
  else if (op === 'eoi') eoi(xics, server, ((priority << 24) | (number & 0xffffff)) >>> 0);
  else if (!source) return;
  else if (op === 'mask') intOff(xics, source);
  else if (op === 'unmask') intOn(xics, source);
  else if (op === 'route') writeXive(xics, source, server, priority);
  else setIrq(xics, source, op === 'trigger');
}
