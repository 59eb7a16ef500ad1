// Inject menu: acts on a vcpu, or on a hardware thread; preset to the entity it was opened for.
import { type ReactNode, useState } from 'react';
import type { HpteEdit } from '../../sim/trace/hpt.ts';
import type { Inject } from '../../workers/protocol.ts';
import { type Choice, HPTE_TEXT, INJECT_TEXT, type Targets } from './options.ts';
import { Act, Pick } from './parts.tsx';
import './inject.css';

export interface InjectProps {
  readonly targets: Targets;
  /** The CPU has doorbells to send. */
  readonly doorbells: boolean;
  /** What it does to the history. */
  readonly fork: string;
  /** Entry of a hashed page table that the menu was opened for. */
  readonly hpte?: { readonly vm: number; readonly slot: number } | null;
  /** The group of the interrupt controller, where it was opened for that. */
  readonly irq?: ReactNode;
  readonly onInject: (input: Inject) => void;
}

export function InjectView({ targets, doorbells, fork, hpte, irq, onInject }: InjectProps) {
  const [vcpu, setVcpu] = useState(targets.vcpu);
  const [to, setTo] = useState(() => otherThan(targets.vcpus, targets.vcpu));
  const [thread, setThread] = useState(targets.thread);
  return (
    <div className="inject">
      {irq}
      {hpte && (
        <fieldset className="inject-group">
          <legend>entry of the hashed page table</legend>
          {Object.entries(HPTE_TEXT).map(([edit, text]) => (
            <Act
              key={edit}
              id={edit}
              text={text}
              onAct={() =>
                onInject({ kind: 'hpte', vm: hpte.vm - 1, slot: hpte.slot, edit: edit as HpteEdit })
              }
            />
          ))}
        </fieldset>
      )}
      <fieldset className="inject-group">
        <legend>vcpu</legend>
        <div className="inject-pick">
          <Pick
            label={doorbells ? 'from vcpu' : 'vcpu'}
            choices={targets.vcpus}
            value={vcpu}
            onPick={setVcpu}
          />
          {doorbells && <Pick label="to vcpu" choices={targets.vcpus} value={to} onPick={setTo} />}
        </div>
        {doorbells && (
          <Act
            id="doorbell"
            text={INJECT_TEXT.doorbell}
            onAct={() => onInject({ kind: 'doorbell', from: vcpu, to })}
          />
        )}
        {(['dec', 'signal', 'prod', 'external', 'start'] as const).map((kind) => (
          <Act
            key={kind}
            id={kind}
            text={INJECT_TEXT[kind]}
            onAct={() => onInject({ kind, vcpu })}
          />
        ))}
      </fieldset>
      <fieldset className="inject-group">
        <legend>hardware thread</legend>
        <div className="inject-pick">
          <Pick label="thread" choices={targets.threads} value={thread} onPick={setThread} />
        </div>
        {(['exit', 'hdec', 'preempt', 'online', 'offline'] as const).map((kind) => (
          <Act
            key={kind}
            id={kind}
            text={INJECT_TEXT[kind]}
            onAct={() => onInject({ kind, thread })}
          />
        ))}
      </fieldset>
      <p className="inject-fork">{fork}</p>
    </div>
  );
}

const otherThan = (choices: readonly Choice[], value: number): number =>
  choices.find((c) => c.value > value)?.value ?? choices[0]?.value ?? 0;
