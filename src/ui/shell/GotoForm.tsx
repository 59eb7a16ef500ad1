import { type SyntheticEvent, useState } from 'react';

/** Step number of what a user typed ('812,004', '812 004', '@412'), or -1. */
export function stepOf(text: string): number {
  const digits = text.replace(/[\s,_@]/g, '');
  return /^\d{1,15}$/.test(digits) ? Number(digits) : -1;
}

/** Field for a step number; `end` is the furthest step that has been run. */
export function GotoForm(props: {
  readonly step: number;
  readonly end: number;
  readonly onGoto: (step: number) => void;
}) {
  const [text, setText] = useState(String(props.step));
  const step = stepOf(text);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (step >= 0) props.onGoto(step);
  };
  return (
    <form className="goto" onSubmit={submit}>
      <label>
        <span className="label">step</span>
        <input
          className="field value"
          inputMode="numeric"
          value={text}
          aria-invalid={step < 0}
          onFocus={(event) => event.target.select()}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <button type="submit" className="button is-strong" disabled={step < 0}>
        Go
      </button>
      <p className="dim">
        {step < 0
          ? 'A step is a whole number.'
          : step > props.end
            ? 'Further than has been run: the machine runs until there or until it ends.'
            : `0 to ${props.end} have been run.`}
      </p>
    </form>
  );
}
