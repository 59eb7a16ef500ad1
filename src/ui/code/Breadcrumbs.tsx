// The stack of routines as breadcrumbs, outermost first; the guest's code is the last one.
import type { Catalogue } from '../../workers/protocol.ts';
import { type FrameRow, GUEST } from './path.ts';

export interface BreadcrumbsProps {
  readonly catalogue: Catalogue;
  readonly stack: readonly FrameRow[];
  /** There is guest code to show. */
  readonly guest: boolean;
  /** Catalogue index of the routine shown, or GUEST. */
  readonly shown: number;
  /** Where the focus stands: the crumb that executes. */
  readonly standsIn: number;
  readonly focus: string;
  readonly onPick: (index: number) => void;
}

export function Breadcrumbs(props: BreadcrumbsProps) {
  const { catalogue, stack, guest, shown, standsIn, focus, onPick } = props;
  const crumbs = stack.map((frame, depth) => ({
    key: `${depth} ${frame.routine}`,
    index: frame.routine,
    name: catalogue.routines[frame.routine]?.name ?? `routine ${frame.routine}`,
    locals: frame.locals,
  }));
  if (guest) crumbs.push({ key: 'guest', index: GUEST, name: 'guest code', locals: '' });
  return (
    <nav className="code-crumbs" aria-label={`Stack of ${focus}, outermost routine first`}>
      {crumbs.map((crumb) => (
        <button
          key={crumb.key}
          type="button"
          aria-current={crumb.index === shown ? 'true' : undefined}
          className={crumb.index === standsIn ? 'is-innermost' : ''}
          title={crumb.locals === '' ? undefined : crumb.locals}
          onClick={() => onPick(crumb.index)}
        >
          {crumb.name}
        </button>
      ))}
    </nav>
  );
}
