// Partition numbers to hue and letter. VM ids start at 1; after six hues the letter alone tells them apart.

/** Index of the hue of VM `id`, for the tokens `--vm0` to `--vm5` and the patterns `pat-vm0` to `pat-vm5`. */
export const vmHue = (id: number): number => (id - 1) % 6;

/** The letter of VM `id`: A, B, ...; vcpu 2 of VM 1 is written 'A2'. */
export const vmLetter = (id: number): string => String.fromCharCode(64 + id);

/** CSS colour of lines of VM `id`; the host (id < 1) is the neutral grey. */
export const vmColor = (id: number): string => (id < 1 ? 'var(--host)' : `var(--vm${vmHue(id)})`);

/** CSS colour of a box filled for VM `id`, on which `vmInk` is readable. */
export const vmFill = (id: number): string => (id < 1 ? 'var(--host-fill)' : vmColor(id));

/** CSS colour of text on `vmFill`. */
export const vmInk = (id: number): string =>
  id < 1 ? 'var(--host-ink)' : `var(--vm${vmHue(id)}-ink)`;
