// Hypercalls as PAPR numbers them, their return codes and flags. Source: arch/powerpc/include/asm/hvcall.h.

/** Hcalls that KVM handles, by the number in r3. */
export const HCALL = {
  H_REMOVE: 0x04,
  H_ENTER: 0x08,
  H_READ: 0x0c,
  H_CLEAR_MOD: 0x10,
  H_CLEAR_REF: 0x14,
  H_PROTECT: 0x18,
  H_GET_TCE: 0x1c,
  H_PUT_TCE: 0x20,
  H_SET_DABR: 0x28,
  H_REGISTER_VPA: 0xdc,
  H_CEDE: 0xe0,
  H_CONFER: 0xe4,
  H_PROD: 0xe8,
  H_BULK_REMOVE: 0x124,
  H_STUFF_TCE: 0x138,
  H_PUT_TCE_INDIRECT: 0x13c,
} as const;

/** Return codes, as r3 has them; H_TOO_HARD is KVM's own: go on in a mode that can do more, at last in user space. */
export const H_SUCCESS = 0;
export const H_CLOSED = 2;
export const H_FUNCTION = -2;
export const H_PARAMETER = -4;
export const H_PTEG_FULL = -6;
export const H_NOT_FOUND = -7;
export const H_RESOURCE = -16;
export const H_TOO_HARD = 9999;

/** Flags in r4. */
export const H_EXACT = 0x8000000000n;
export const H_READ_4 = 0x2000000000n;
export const H_AVPN = 0x80000000n;
export const H_ANDCOND = 0x40000000n;
export const H_LOCAL = 0x10000000n;
