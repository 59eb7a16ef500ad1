// A virtual I/O device: a partner on a CRQ (command/response queue) of PAPR. The guest sends it a message by H_SEND_CRQ; the
// device fetches the information unit that the message names by DMA, complements its bytes, stores it back by DMA, and
// answers in the guest's queue, by DMA as well. Every access goes through the TCE table, which says page by page what the
// device may do. Source: PAPR, CRQ; QEMU hw/ppc/spapr_vio.c, hw/scsi/spapr_vscsi.c (flow and status of a unit).
// MODEL: information units are plain bytes, not SRP; the guest polls its queue, the device raises no interrupt.
import { tell } from '../host/context.ts';
import { call, goto, type Routine, ret, routine } from '../host/routine.ts';
import { type VcpuLocals, vcpuOf, vmOf } from '../kvm/context.ts';
import { H_CLOSED, H_PARAMETER, H_RESOURCE, H_SUCCESS } from '../kvm/hcall.ts';
import { guestReal } from '../kvm/memslot.ts';
import type { TceTable } from '../kvm/records.ts';
import { TCE, TCE_PAGE, tceAddress } from '../kvm/tce.ts';
import { NONE } from '../state/ids.ts';
import { count, data, id, type RecordOf, record, reg } from '../state/schema.ts';
import { vmmOf } from './process.ts';
import type { VmmCtx } from './records.ts';

export const VIO = record('vio', {
  tcet: data<TceTable | null>('qemu_main', 'its TCE table as user space has it mapped', () => null),
  fd: id('KVM_CREATE_SPAPR_TCE', "the kernel's table that is mapped, -1: user space keeps its own"),
  qladdr: reg('H_REG_CRQ', 'I/O address of the guest’s queue'),
  qsize: count('H_REG_CRQ, H_FREE_CRQ', 'bytes of the queue, 0: none is registered'),
  qnext: count('the device', 'offset of the next entry that it writes'),
  buffer: data<number[]>('the device', 'information unit that it works on', () => []),
  refused: count('the device', 'DMA accesses that the TCE table did not allow'),
});
export type Vio = RecordOf<typeof VIO>;

/** Unit address of the device, and its logical I/O bus number, as the device tree announces them. */
export const VIO_UNIT = 0x71000000;
/** Bytes of its I/O address space: ibm,my-dma-window. */
export const VIO_WINDOW = 0x1000000;
/** Bytes of an information unit. */
const MOST_BYTES = 256n;
/** Bytes of a queue, least and most, and of an entry. */
const QUEUE = { LEAST: 0x1000n, MOST: 0x10000000n, ENTRY: 16 } as const;
/** struct viosrp_crq: valid byte, and status. */
const CRQ_VALID = 0x80;
export const VIOSRP = { OK: 0, VIOLATES_MAX_XFER: 2, ADAPTER_FAIL: 0x10 } as const;

const vioOf = (k: VmmCtx, vcpu: number): Vio => vmmOf(k, vcpu).vio;

/**
 * spapr_tce_translate_iommu: real address of `length` bytes, which lie in one page, or -1 where the table does not let the
 * device in or names no memory.
 */
function translate(k: VmmCtx, vcpu: number, ioba: bigint, length: number, needs: bigint): number {
  const { tcet } = vioOf(k, vcpu);
  if (!tcet || ioba >= BigInt(tcet.window_size)) return NONE;
  const tce = k.hw.arena.read64(tceAddress(tcet, ioba));
  if ((tce & needs) === 0n) return NONE;
  const page = tce & ~BigInt(TCE_PAGE - 1);
  return guestReal(vmOf(k, vcpu), page | (ioba % BigInt(TCE_PAGE)), length);
}

function refuse(k: VmmCtx, vcpu: number, ioba: bigint, needs: bigint): void {
  vioOf(k, vcpu).refused += 1;
  tell(k, 'dma_refused', vcpu, Number(ioba), Number(needs));
}

interface DmaLocals extends VcpuLocals {
  ioba: bigint;
  /** TCE_PCI_READ: to the device; TCE_PCI_WRITE: to memory. */
  needs: bigint;
  done: number;
  real: number;
}

/** Bytes until the end of the page or of the buffer. */
const chunk = (k: VmmCtx, l: DmaLocals): number =>
  Math.min(
    vioOf(k, l.vcpu).buffer.length - l.done,
    TCE_PAGE - Number((l.ioba + BigInt(l.done)) % BigInt(TCE_PAGE)),
  );

const dma = routine<VmmCtx, DmaLocals>(
  'spapr_vio_dma',
  {
    source: 'QEMU hw/ppc/spapr_vio.c, spapr_iommu.c (spapr_tce_translate_iommu)',
    mode: 'user',
    about:
      'DMA between guest memory and the buffer of the device: 0, or 1 when the TCE table refuses.',
  },
  [
    [
      'translate',
      'spapr_tce_translate_iommu: what does the TCE of the next page allow? else refused',
      (k, l) => {
        const ioba = l.ioba + BigInt(l.done);
        l.real = translate(k, l.vcpu, ioba, chunk(k, l), l.needs);
        if (l.real !== NONE) return undefined;
        refuse(k, l.vcpu, ioba, l.needs);
        return ret(1);
      },
      12,
    ],
    [
      'copy',
      'copy up to the end of the page',
      (k, l) => {
        const { buffer } = vioOf(k, l.vcpu);
        const { arena } = k.hw;
        const length = chunk(k, l);
        if (l.needs === TCE.READ) {
          const bytes = arena.readBytes(l.real, length);
          vioOf(k, l.vcpu).buffer = buffer.map((old, i) => bytes[i - l.done] ?? old);
        } else arena.writeBytes(l.real, Uint8Array.from(buffer.slice(l.done, l.done + length)));
        tell(k, 'dma', l.vcpu, Number(l.ioba) + l.done, length);
        l.done += length;
        return l.done < buffer.length ? goto('translate') : ret(0);
      },
      20,
    ],
  ],
);

const argsOf = (k: VmmCtx, vcpu: number): [bigint, bigint, bigint] => {
  const [a = 0n, b = 0n, c = 0n] = vcpuOf(k, vcpu).run.args;
  return [a, b, c];
};
const isUnit = (k: VmmCtx, vcpu: number, unit: bigint): boolean =>
  vioOf(k, vcpu).tcet !== null && unit === BigInt(VIO_UNIT);

const hRegCrq = routine<VmmCtx, VcpuLocals>(
  'h_reg_crq',
  {
    source: 'QEMU hw/ppc/spapr_vio.c',
    mode: 'user',
    about: 'H_REG_CRQ(unit, queue, length): where the device answers.',
  },
  [
    [
      'check',
      'no such unit, not 4 KB to 256 MB, or not aligned: H_PARAMETER; a queue already: H_RESOURCE',
      (k, l) => {
        const [unit, queue, length] = argsOf(k, l.vcpu);
        const sized = length >= QUEUE.LEAST && length <= QUEUE.MOST && length % QUEUE.LEAST === 0n;
        if (!isUnit(k, l.vcpu, unit) || !sized || queue % QUEUE.LEAST !== 0n)
          return ret(H_PARAMETER);
        return vioOf(k, l.vcpu).qsize > 0 ? ret(H_RESOURCE) : undefined;
      },
      12,
    ],
    [
      'register',
      'the queue is the device’s; H_SUCCESS',
      (k, l) => {
        const [, queue, length] = argsOf(k, l.vcpu);
        Object.assign(vioOf(k, l.vcpu), { qladdr: queue, qsize: Number(length), qnext: 0 });
        return ret(H_SUCCESS);
      },
      8,
    ],
  ],
);

const hFreeCrq = routine<VmmCtx, VcpuLocals>(
  'h_free_crq',
  {
    source: 'QEMU hw/ppc/spapr_vio.c',
    mode: 'user',
    about: 'H_FREE_CRQ(unit): the device answers no more.',
  },
  [
    [
      'free_crq',
      'no such unit: H_PARAMETER; else it has no queue: H_SUCCESS',
      (k, l) => {
        if (!isUnit(k, l.vcpu, argsOf(k, l.vcpu)[0])) return ret(H_PARAMETER);
        freeCrq(k, l.vcpu);
        return ret(H_SUCCESS);
      },
      8,
    ],
  ],
);

/** free_crq. */
export function freeCrq(k: VmmCtx, vcpu: number): void {
  Object.assign(vioOf(k, vcpu), { qladdr: 0n, qsize: 0, qnext: 0 });
}

interface SendLocals extends VcpuLocals {
  status: number;
  real: number;
}

const hSendCrq = routine<VmmCtx, SendLocals>(
  'h_send_crq',
  {
    source: 'QEMU hw/ppc/spapr_vio.c, hw/scsi/spapr_vscsi.c',
    mode: 'user',
    about: 'H_SEND_CRQ(unit, message): the device works on the information unit and answers.',
  },
  [
    [
      'check',
      'no such unit, or no command: H_PARAMETER; no queue for the answer: H_CLOSED',
      (k, l) => {
        const [unit, high] = argsOf(k, l.vcpu);
        if (!isUnit(k, l.vcpu, unit) || high >> 56n !== BigInt(CRQ_VALID)) return ret(H_PARAMETER);
        return vioOf(k, l.vcpu).qsize === 0 ? ret(H_CLOSED) : undefined;
      },
      10,
    ],
    [
      'length',
      'IU_length: 1 to 256 bytes? else the answer is VIOSRP_VIOLATES_MAX_XFER',
      (k, l) => {
        const length = argsOf(k, l.vcpu)[1] & 0xffffn;
        l.status = VIOSRP.VIOLATES_MAX_XFER;
        if (length === 0n || length > MOST_BYTES) return goto('queue');
        vioOf(k, l.vcpu).buffer = new Array<number>(Number(length)).fill(0);
        return undefined;
      },
      6,
    ],
    [
      'fetch',
      'spapr_vio_dma_read of the information unit',
      (k, l) =>
        call('spapr_vio_dma', {
          vcpu: l.vcpu,
          ioba: argsOf(k, l.vcpu)[2],
          needs: TCE.READ,
          done: 0,
        }),
      8,
    ],
    [
      'fetched',
      'refused: the answer is VIOSRP_ADAPTER_FAIL; else the device complements the bytes',
      (k, l) => {
        l.status = VIOSRP.ADAPTER_FAIL;
        if (l.ret !== 0) return goto('queue');
        vioOf(k, l.vcpu).buffer = vioOf(k, l.vcpu).buffer.map((byte) => byte ^ 0xff);
        return undefined;
      },
      40,
    ],
    [
      'store',
      'spapr_vio_dma_write of the information unit',
      (k, l) =>
        call('spapr_vio_dma', {
          vcpu: l.vcpu,
          ioba: argsOf(k, l.vcpu)[2],
          needs: TCE.WRITE,
          done: 0,
        }),
      8,
    ],
    [
      'stored',
      'refused: VIOSRP_ADAPTER_FAIL; else VIOSRP_OK',
      (_k, l) => {
        l.status = l.ret === 0 ? VIOSRP.OK : VIOSRP.ADAPTER_FAIL;
      },
      4,
    ],
    [
      'queue',
      'spapr_vio_send_crq: may the device write the next entry of the queue? else the answer is lost',
      (k, l) => {
        const { qladdr, qnext } = vioOf(k, l.vcpu);
        const ioba = qladdr + BigInt(qnext);
        l.real = translate(k, l.vcpu, ioba, QUEUE.ENTRY, TCE.WRITE);
        if (l.real !== NONE) return undefined;
        refuse(k, l.vcpu, ioba, TCE.WRITE);
        return ret(H_SUCCESS);
      },
      12,
    ],
    [
      'full',
      'its valid byte is set: the guest has not taken it yet; the answer is lost',
      (k, l) => (k.hw.arena.read8(l.real) === 0 ? undefined : ret(H_SUCCESS)),
      6,
    ],
    [
      'answer',
      'the message with its status, the valid byte last; H_SUCCESS',
      (k, l) => {
        const [, high, low] = argsOf(k, l.vcpu);
        const vio = vioOf(k, l.vcpu);
        k.hw.arena.write64(l.real + 8, low);
        k.hw.arena.write64(l.real, (high & ~(0xffn << 32n)) | (BigInt(l.status) << 32n));
        vio.qnext = (vio.qnext + QUEUE.ENTRY) % vio.qsize;
        tell(k, 'crq', l.vcpu, l.status);
        return ret(H_SUCCESS);
      },
      16,
    ],
  ],
);

/** The routines of this file. */
export const VIO_ROUTINES: readonly Routine<VmmCtx>[] = [hRegCrq, hFreeCrq, hSendCrq, dma];
