// Error numbers as KVM's ioctls return them (asm-generic/errno.h).
export const EPERM = -1;
export const ENOMEM = -12;
export const EFAULT = -14;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOTTY = -25;
