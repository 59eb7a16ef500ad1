import type { RoutineText } from '../../workers/protocol.ts';

/** What is known of a routine in focus: it has no fields of its own. */
export function RoutineFacts({ routine }: { readonly routine: RoutineText }) {
  const cost = routine.steps.reduce((sum, step) => sum + (step.live ? step.cost : 0), 0);
  return (
    <dl className="inspector-routine">
      <dt>routine</dt>
      <dd className="is-code">{routine.name}</dd>
      <dt>source</dt>
      <dd>{routine.source}</dd>
      <dt>starts in</dt>
      <dd>{routine.mode === 'user' ? 'user space' : `${routine.mode} mode`}</dd>
      <dt>steps</dt>
      <dd>
        {routine.steps.filter((step) => step.live).length}, together {cost} illustrative model
        cycles
      </dd>
      <dt>about</dt>
      <dd>{routine.about}</dd>
    </dl>
  );
}
