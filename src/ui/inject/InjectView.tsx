// Inject menu: acts on a vcpu, or on a hardware thread; preset to the entity it was opened for.
import { useState } from 'react';
import type { Inject } from '../../workers/protocol.ts';
import { type Choice, INJECT_TEXT, type Targets } from './options.ts';
import './inject.css';

export interface InjectProps {
  readonly targets: Targets;
  /** What it does to the history. */
  readonly fork: string;
  readonly onInject: (input: Inject) => void;
}

export function InjectView({ targets, fork, onInject }: InjectProps) {
  const [vcpu, setVcpu] = useState(targets.vcpu);
  const [to, setTo] = useState(() => otherThan(targets.vcpus, targets.vcpu));
  const [thread, setThread] = useState(targets.thread);
  return (
    <div className="inject">
      <fieldset className="inject-group">
        <legend>vcpu</legend>
        <div className="inject-pick">
          <Pick label="from vcpu" choices={targets.vcpus} value={vcpu} onPick={setVcpu} />
          <Pick label="to vcpu" choices={targets.vcpus} value={to} onPick={setTo} />
        </div>
        <Act kind="doorbell" onAct={() => onInject({ kind: 'doorbell', from: vcpu, to })} />
        <Act kind="dec" onAct={() => onInject({ kind: 'dec', vcpu })} />
      </fieldset>
      <fieldset className="inject-group">
        <legend>hardware thread</legend>
        <div className="inject-pick">
          <Pick label="thread" choices={targets.threads} value={thread} onPick={setThread} />
        </div>
        {(['exit', 'hdec', 'preempt'] as const).map((kind) => (
          <Act key={kind} kind={kind} onAct={() => onInject({ kind, thread })} />
        ))}
      </fieldset>
      <p className="inject-fork">{fork}</p>
    </div>
  );
}

const otherThan = (choices: readonly Choice[], value: number): number =>
  choices.find((c) => c.value > value)?.value ?? choices[0]?.value ?? 0;

function Pick(props: {
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

function Act(props: { readonly kind: Inject['kind']; readonly onAct: () => void }) {
  const text = INJECT_TEXT[props.kind];
  const id = `inject-${props.kind}`;
  return (
    <div className="inject-act">
      <button type="button" className="button is-plain" aria-describedby={id} onClick={props.onAct}>
        {text.title}
      </button>
      <p id={id}>{text.says}</p>
    </div>
  );
}
