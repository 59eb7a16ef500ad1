import { useState } from 'react';

const LABELS = { ready: 'Copy value', done: 'Copied', refused: 'The browser refused' } as const;

/** Copies a text; says so when a sandboxed frame may not reach the clipboard. */
export function CopyButton({ text }: { readonly text: string }) {
  const [state, setState] = useState<keyof typeof LABELS>('ready');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('done');
    } catch {
      setState('refused');
    }
  };
  return (
    <button type="button" className="inspector-button" onClick={() => void copy()}>
      {LABELS[state]}
    </button>
  );
}
