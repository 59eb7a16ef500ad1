import type { ReactNode } from 'react';
import { useFollowEnd } from './follow-end.ts';

/** A guest's console as plain text to select and copy. It shows the end until the user scrolls up. */
export function Terminal({ text, choice }: { readonly text: string; readonly choice: ReactNode }) {
  const follow = useFollowEnd<HTMLTextAreaElement>(text);
  const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
  return (
    <section className="console-guest" aria-label="Guest console">
      <header className="console-bar">
        <h2>Guest console</h2>
        {choice}
        <span className="console-count">
          {lines} {lines === 1 ? 'line' : 'lines'}
        </span>
      </header>
      {text === '' ? (
        <p className="console-hint">
          The guest has printed nothing yet. Run or step: what it sends by H_PUT_TERM_CHAR appears
          here.
        </p>
      ) : (
        <textarea
          {...follow}
          readOnly
          aria-label="Guest console output"
          value={text.replace(/\n$/, '')}
        />
      )}
    </section>
  );
}
