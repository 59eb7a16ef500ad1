// Where the views are: three columns on a wide window, one view with tabs on a narrow one, one view in an embed.
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { CENTRE_VIEWS, useUi, VIEWS } from '../store.ts';
import { storage } from './storage.ts';
import { Tabs } from './Tabs.tsx';
import { tabOf, ViewFrame, ViewHead } from './views.tsx';

/** Machine, the chosen view, Inspector; the borders can be moved and are remembered. */
export function WideLayout() {
  const centre = useUi((s) => s.centre);
  const setView = useUi((s) => s.setView);
  const layout = useDefaultLayout({ id: 'columns', storage });
  return (
    <Group
      className="columns"
      orientation="horizontal"
      defaultLayout={layout.defaultLayout}
      onLayoutChanged={layout.onLayoutChanged}
    >
      <Panel id="machine" className="column" defaultSize="41" minSize="22">
        <ViewHead id="machine" />
        <ViewFrame id="machine" tabbed={false} />
      </Panel>
      <Separator className="column-edge" aria-label="width of the Machine view" />
      <Panel id="centre" className="column" defaultSize="36" minSize="22">
        <Tabs label="Views" tabs={CENTRE_VIEWS.map(tabOf)} chosen={centre} onChoose={setView} />
        <ViewFrame id={centre} tabbed />
      </Panel>
      <Separator className="column-edge" aria-label="width of the Inspector" />
      <Panel id="inspector" className="column" defaultSize="23" minSize="14">
        <ViewHead id="inspector" />
        <ViewFrame id="inspector" tabbed={false} />
      </Panel>
    </Group>
  );
}

/** One view at a time, chosen by tabs. */
export function NarrowLayout() {
  const view = useUi((s) => s.view);
  const setView = useUi((s) => s.setView);
  return (
    <div className="column is-only">
      <Tabs label="Views" tabs={VIEWS.map(tabOf)} chosen={view} onChoose={setView} />
      <ViewFrame id={view} tabbed />
    </div>
  );
}

/** One view and nothing else. */
export function EmbedLayout() {
  const view = useUi((s) => s.view);
  return (
    <div className="column is-only">
      <ViewFrame id={view} tabbed={false} />
    </div>
  );
}
