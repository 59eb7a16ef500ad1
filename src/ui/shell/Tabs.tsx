import type { KeyboardEvent } from 'react';

export interface Tab<T extends string> {
  readonly id: T;
  readonly title: string;
  readonly hotkey: string;
}

const MOVES: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };

/** A tab list with one tab stop; arrows move and select. The panel of tab x has the id view-x. */
export function Tabs<T extends string>(props: {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly chosen: T;
  readonly onChoose: (id: T) => void;
}) {
  const { tabs, chosen, onChoose } = props;
  const move = (event: KeyboardEvent) => {
    const by = MOVES[event.key];
    if (!by || event.shiftKey) return;
    const next = tabs[(tabs.findIndex((t) => t.id === chosen) + by + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    onChoose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus({ preventScroll: true });
  };
  return (
    <div className="tabs" role="tablist" aria-label={props.label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`tab-${tab.id}`}
          aria-selected={tab.id === chosen}
          aria-controls={`view-${tab.id}`}
          tabIndex={tab.id === chosen ? 0 : -1}
          onClick={() => onChoose(tab.id)}
        >
          {tab.title}
          <span className="hotkey" aria-hidden="true">
            {tab.hotkey}
          </span>
        </button>
      ))}
    </div>
  );
}
