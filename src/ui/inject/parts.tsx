// Parts of the inject menu's groups.
import type { Choice, InjectText } from './options.ts';

/** A choice from a list, with its label. */
export function Pick(props: {
  readonly label: string;
  readonly choices: readonly Choice[];
  readonly value: number;
  readonly onPick: (value: number) => void;
}) {
  return (
    <label className="inject-label">
      <span className="label">{props.label}</span>
      <select
        className="field"
        value={props.value}
        onChange={(event) => props.onPick(Number(event.target.value))}
      >
        {props.choices.map((c) => (
          <option key={c.value} value={c.value}>
            {c.text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A button with what it does. */
export function Act(props: {
  readonly id: string;
  readonly text: InjectText;
  readonly onAct: () => void;
}) {
  const { text } = props;
  const id = `inject-${props.id}`;
  return (
    <div className="inject-act">
      <button type="button" className="button is-plain" aria-describedby={id} onClick={props.onAct}>
        {text.title}
      </button>
      <p id={id}>{text.says}</p>
    </div>
  );
}
