import { NEXT_THEME } from '../keys/keys.ts';
import { toggleFullScreen } from '../keys/listen.ts';
import { copyLink } from '../link/sync.ts';
import { useUi } from '../store.ts';
import { HeaderView } from './HeaderView.tsx';

/** Header of the page's machine. */
export function Header() {
  const catalogue = useUi((s) => s.catalogue);
  const violations = useUi((s) => s.status?.violations);
  const checks = useUi((s) => s.sections.checks?.checks) ?? [];
  const theme = useUi((s) => s.theme);
  const setView = useUi((s) => s.setView);
  const setTheme = useUi((s) => s.setTheme);
  const setDialog = useUi((s) => s.setDialog);
  const send = useUi((s) => s.send);
  if (!catalogue || violations === undefined) {
    return (
      <header className="header">
        <h1 className="brand">Vcore</h1>
        <p className="dim" role="status">
          starting the machine …
        </p>
      </header>
    );
  }
  return (
    <HeaderView
      catalogue={catalogue}
      violations={violations}
      checks={{
        held: checks.filter((c) => c.ok === 1).length,
        broken: checks.filter((c) => c.ok === 0).length,
        all: checks.length,
      }}
      theme={theme}
      onLoad={send.load}
      onPatch={send.setPatch}
      onPatches={() => setDialog('patches')}
      onReset={send.reset}
      onChecks={() => setView('checks')}
      onProgram={() => setView('program')}
      onCopyLink={() => void copyLink()}
      onTheme={() => setTheme(NEXT_THEME[theme])}
      onFullScreen={toggleFullScreen}
      onHelp={() => setDialog('help')}
    />
  );
}
