import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { listenToKeys } from './keys/listen.ts';
import { parseQuery } from './link/query.ts';
import { syncLink } from './link/sync.ts';
import { startSession } from './shell/session.ts';
import { startSettings } from './shell/settings.ts';
import { uiStore } from './store.ts';
import './theme/tokens.css';
import './theme/base.css';
import './shell/shell.css';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
startSettings(parseQuery(location.search));
startSession(location.hash.slice(1));
syncLink(uiStore.getState().embed);
listenToKeys();
createRoot(root).render(<App />);
