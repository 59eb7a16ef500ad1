/** True if every word of the query occurs in one of the texts. */
export function matches(query: string, ...texts: readonly string[]): boolean {
  const words = query.toLowerCase().split(/\s+/);
  const all = texts.join(' ').toLowerCase();
  return words.every((word) => all.includes(word));
}
