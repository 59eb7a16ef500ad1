// What the page remembers between visits. Storage throws in sandboxed frames: then nothing is remembered.

const PREFIX = 'vcore.';

/** Reads and writes that never throw; the shape react-resizable-panels wants. */
const guarded = (of: () => Storage) => ({
  getItem(key: string): string | null {
    try {
      return of().getItem(PREFIX + key);
    } catch {
      return null;
    }
  },
  setItem(key: string, value: string): void {
    try {
      of().setItem(PREFIX + key, value);
    } catch {
      // Opaque origin or full: it is simply not remembered.
    }
  },
});

/** Shared by all tabs. */
export const storage = guarded(() => localStorage);
/** Of this tab alone, across reloads. */
export const tabStorage = guarded(() => sessionStorage);
