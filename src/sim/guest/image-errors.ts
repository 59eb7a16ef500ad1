// Every error that loading an image reports: which bytes of the file are wrong, and what to do about it.
import type { UserError } from '../state/user-error.ts';

/** Code -> what it means. Each has a test in image.test.ts. */
export const IMAGE_ERRORS = {
  IMAGE_EMPTY: 'the file has no bytes',
  IMAGE_ADDRESS: 'a base or entry address that cannot be used',
  IMAGE_MEMORY: 'a part of the image does not fit into real memory',
  ELF_TRUNCATED: 'a header, table or segment reaches past the end of the file',
  ELF_HEADER: 'a field of the file header has a value that no Power program has',
  ELF_MACHINE: 'a program for another processor',
  ELF_TYPE: 'not an executable',
  ELF_PROGRAM_HEADER: 'a program header contradicts itself',
  ELF_SECTION: 'a section header or symbol table is broken',
  ELF_ENTRY: 'the entry point is nowhere in the image',
} as const;

export type ImageErrorCode = keyof typeof IMAGE_ERRORS;

/** One mistake in a file; `offset` is the byte in the file that is wrong, 0 for the file as a whole. */
export interface ImageError extends UserError {
  readonly code: ImageErrorCode;
  readonly offset: number;
}

/** Thrown inside the loader only; `loadImage` turns it into a value. */
export class ImageFault extends Error {
  readonly error: ImageError;

  constructor(code: ImageErrorCode, offset: number, message: string, hint?: string) {
    super(message);
    this.error = { code, offset, message, ...(hint !== undefined && { hint }) };
  }
}
