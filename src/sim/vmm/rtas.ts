// Run-time abstraction services: tokens that the device tree announces, and statuses. Source: PAPR 7.3; QEMU hw/ppc/spapr.h.

export const RTAS = {
  START_CPU: 0x2005,
  POWER_OFF: 0x2006,
  QUIESCE: 0x2007,
  SET_XIVE: 0x200a,
  GET_XIVE: 0x200b,
  INT_OFF: 0x200c,
  INT_ON: 0x200d,
  SUCCESS: 0,
  PARAM_ERROR: -3,
} as const;
