// The page's connection to its worker: start, and start again after a crash.
import { connect } from '../../workers/client.ts';
import { openLink } from '../link/sync.ts';
import { attach, uiStore } from '../store.ts';
import { startFrames } from './frames.ts';

let end: () => void = () => {};

/** Starts a worker and opens `fragment` in it; an earlier worker is ended. */
export function startSession(fragment: string): void {
  end();
  const client = connect((why) => uiStore.setState({ crashed: why }));
  const frames = startFrames(client.frames);
  attach(client.commands, frames.wake);
  end = () => {
    frames.stop();
    client.end();
  };
  openLink(fragment);
}

/** Starts again at the last position shown, after the worker has died. */
export function restartSession(): void {
  const { status } = uiStore.getState();
  uiStore.setState({ crashed: '', pending: 0, catalogue: null });
  startSession(status?.link ?? '');
}
