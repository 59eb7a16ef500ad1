// The route of a msgsndp: the stages from the sender's instruction to the target's interrupt, on a line, with the
// vcpus that stand on them. The worker sends the stages of the running kernel, trapped or not.
import { memo } from 'react';
import type { Catalogue } from '../../workers/protocol.ts';
import { vmOf } from '../entity.ts';
import { TokenInline } from '../marks/marks.tsx';
import { sameProps } from '../marks/same.ts';
import { type DoorbellVcpu, emulated, nameOf, type PathStage, stateOf } from './facts.ts';

export function Route(props: {
  readonly path: readonly PathStage[];
  readonly vcpus: readonly DoorbellVcpu[];
  readonly catalogue: Catalogue;
}) {
  const { path, vcpus, catalogue } = props;
  return (
    <section className="bells-route" aria-label="Route of a msgsndp">
      <b>{emulated(catalogue) ? 'Route of a msgsndp' : 'Route of a msgsndp, hardware only'}</b>
      <ol>
        {path.map((stage, i) => (
          <Stage
            key={stage.stage}
            stage={stage}
            vcpu={furthest(path, i) ? vcpus.find((v) => v.vcpu === stage.active) : undefined}
            catalogue={catalogue}
          />
        ))}
      </ol>
    </section>
  );
}

/** A vcpu stands on the last stage that names it: earlier ones wait for that call to return. */
const furthest = (path: readonly PathStage[], i: number): boolean =>
  path.findLastIndex((stage) => stage.active === path[i]?.active) === i;

const Stage = memo(function Stage(props: {
  readonly stage: PathStage;
  readonly vcpu: DoorbellVcpu | undefined;
  readonly catalogue: Catalogue;
}) {
  const { stage, vcpu, catalogue } = props;
  return (
    <li
      className={vcpu ? 'is-active' : ''}
      aria-current={vcpu ? 'step' : undefined}
      title={`${stage.stage}: ${stage.detail}`}
    >
      <span className="bells-node">
        {vcpu && (
          <TokenInline
            vm={vmOf(vcpu.vcpu, catalogue)}
            vcpu={vcpu.vcpu}
            thr={vcpu.thr}
            state={stateOf(vcpu)}
          />
        )}
      </span>
      <span className="bells-stage">
        <span className="bells-stage-name">{stage.stage}</span>
        <span className="bells-stage-detail">{stage.detail}</span>
        {vcpu && <span className="bells-hidden">{nameOf(vcpu.vcpu, catalogue)} is here</span>}
      </span>
    </li>
  );
}, sameProps);
