// A mistake in how the command line was used; ends the program with code 2 and the usage text.
export class Usage extends Error {}
