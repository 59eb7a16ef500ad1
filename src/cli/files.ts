/** Runs a file operation; a refusal is told on standard error and gives null. */
export function attempt<T>(what: string, operation: () => T): T | null {
  try {
    return operation();
  } catch (error) {
    process.stderr.write(`error: ${what}: ${error instanceof Error ? error.message : error}\n`);
    return null;
  }
}
