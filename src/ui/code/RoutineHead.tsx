// Heading of a routine: kernel name, the file it models, what it does, the patches that change it.
import type { Catalogue, RoutineText } from '../../workers/protocol.ts';
import { patchesOf } from './path.ts';

export interface RoutineHeadProps {
  readonly routine: RoutineText;
  readonly patches: Catalogue['patches'];
}

export function RoutineHead({ routine, patches }: RoutineHeadProps) {
  return (
    <header className="code-routine">
      <h2 title={routine.about}>{routine.name}</h2>
      <span className="code-source">{routine.source}</span>
      {patchesOf(routine.steps).map(({ patch, added, removed }) => {
        const on = patches.find((p) => p.id === patch)?.on ?? true;
        return (
          <span key={patch} className="code-change">
            patch {patch} {on ? 'on' : 'off'}: {stepCount(added, removed)}
          </span>
        );
      })}
    </header>
  );
}

/** '+3 −1 steps'; what is zero is left out. */
function stepCount(added: number, removed: number): string {
  const signed = [added > 0 ? `+${added}` : '', removed > 0 ? `−${removed}` : ''];
  const counts = signed.filter((count) => count !== '').join(' ');
  return `${counts} ${added + removed === 1 ? 'step' : 'steps'}`;
}
