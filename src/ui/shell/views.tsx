// The registry of views: title, key and component.
import type { ComponentType } from 'react';
import Checks from '../checks/index.tsx';
import Code from '../code/index.tsx';
import Console from '../console/index.tsx';
import Doorbells from '../doorbells/index.tsx';
import Hpt from '../hpt/index.tsx';
import Inspector from '../inspector/index.tsx';
import Interrupts from '../interrupts/index.tsx';
import Machine from '../machine/index.tsx';
import Program from '../program/index.tsx';
import { VIEWS, type ViewId } from '../store.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import type { Tab } from './Tabs.tsx';

const COMPONENTS: Readonly<Record<ViewId, ComponentType>> = {
  machine: Machine,
  doorbells: Doorbells,
  code: Code,
  inspector: Inspector,
  console: Console,
  checks: Checks,
  program: Program,
  hpt: Hpt,
  interrupts: Interrupts,
};

const TITLES: Readonly<Record<ViewId, string>> = {
  machine: 'Machine',
  doorbells: 'Doorbells',
  code: 'Code path',
  inspector: 'Inspector',
  console: 'Console',
  checks: 'Checks',
  program: 'Program',
  hpt: 'HPT',
  interrupts: 'Interrupts',
};

/** The tab of a view, with its number key. */
export function tabOf<T extends ViewId>(id: T): Tab<T> {
  return { id, title: TITLES[id], hotkey: `${VIEWS.indexOf(id) + 1}` };
}

/** A view in its frame: a tab panel where tabs choose it, otherwise a named group (views bring their landmarks). */
export function ViewFrame({ id, tabbed }: { readonly id: ViewId; readonly tabbed: boolean }) {
  const View = COMPONENTS[id];
  const name = tabbed
    ? { role: 'tabpanel', 'aria-labelledby': `tab-${id}` }
    : { role: 'group', 'aria-label': TITLES[id] };
  return (
    <div id={`view-${id}`} className="view" tabIndex={-1} {...name}>
      <ErrorBoundary key={id} name={TITLES[id]}>
        <View />
      </ErrorBoundary>
    </div>
  );
}

/** Heading of a view that is not behind a tab. */
export function ViewHead({ id }: { readonly id: ViewId }) {
  const { title, hotkey } = tabOf(id);
  return (
    <h2 className="view-head">
      {title}
      <span className="hotkey" aria-hidden="true">
        {hotkey}
      </span>
    </h2>
  );
}
