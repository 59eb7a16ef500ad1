// What the page remembers between visits. Storage throws in sandboxed frames: then nothing is remembered.

const PREFIX = 'vcore.';

/** Reads and writes that never throw; the shape react-resizable-panels wants. */
export const storage = {
  getItem(key: string): string | null {
    try {
      return localStorage.getItem(PREFIX + key);
    } catch {
      return null;
    }
  },
  setItem(key: string, value: string): void {
    try {
      localStorage.setItem(PREFIX + key, value);
    } catch {
      // Opaque origin or full: the layout is simply not remembered.
    }
  },
};
