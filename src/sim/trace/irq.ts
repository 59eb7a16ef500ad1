// Words about interrupt controllers that the machine and the page share.

/** What an input does: to a source (its line goes up or down, mask, route) or to a presentation controller (EOI, CPPR). */
export const IRQ_OPS = ['trigger', 'release', 'mask', 'unmask', 'route', 'eoi', 'cppr'] as const;
export type IrqOp = (typeof IRQ_OPS)[number];
