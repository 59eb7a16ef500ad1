// The page: header, messages, views, transport.
import { useEffect } from 'react';
import { Crash } from './shell/Crash.tsx';
import { Dialogs } from './shell/Dialogs.tsx';
import { ErrorBoundary } from './shell/ErrorBoundary.tsx';
import { Header } from './shell/Header.tsx';
import { EmbedLayout, NarrowLayout, WideLayout } from './shell/Layout.tsx';
import { LiveRegion } from './shell/LiveRegion.tsx';
import { Notices } from './shell/Notices.tsx';
import { useUi } from './store.ts';
import { PatternDefs } from './theme/PatternDefs.tsx';
import Transport from './transport/index.tsx';

export function App() {
  const embed = useUi((s) => s.embed);
  const narrow = useUi((s) => s.narrow);
  const Views = embed ? EmbedLayout : narrow ? NarrowLayout : WideLayout;
  useIdleMark();
  return (
    <div className={embed ? 'app is-embed' : narrow ? 'app is-narrow' : 'app'}>
      <PatternDefs />
      {!embed && <Header />}
      <main className="main">
        {embed && <h1 className="visually-hidden">Vcore</h1>}
        <Crash />
        <Notices />
        <Views />
      </main>
      <ErrorBoundary name="Transport">
        <Transport />
      </ErrorBoundary>
      <LiveRegion />
      <Dialogs />
    </div>
  );
}

/** Marks the document while the picture is current and nothing runs: what tests wait for. */
function useIdleMark(): void {
  const idle = useUi((s) => s.idle && s.catalogue !== null);
  useEffect(() => {
    if (idle) document.documentElement.dataset.idle = '';
  }, [idle]);
}
