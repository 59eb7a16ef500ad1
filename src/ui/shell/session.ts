// The page's connection to its worker: start, and start again after a crash.
import { connect } from '../../workers/client.ts';
import { openLink } from '../link/sync.ts';
import { attach, completeScenarios, uiStore } from '../store.ts';
import { startFrames } from './frames.ts';

let end: () => void = () => {};

/** Starts a worker and opens `fragment` in it; an earlier worker is ended. */
export function startSession(fragment: string): void {
  end();
  const client = connect((why) => uiStore.setState({ crashed: why }));
  const frames = startFrames(client.frames);
  attach(client.commands, frames.wake);
  const forget = atFirstPicture(completeScenarios);
  end = () => {
    forget();
    frames.stop();
    client.end();
  };
  openLink(fragment);
}

/** Calls `then` once there is a picture; an embed, which has no list of scenarios, does without. */
function atFirstPicture(then: () => void): () => void {
  const forget = uiStore.subscribe(({ idle, catalogue, embed }) => {
    if (!idle || !catalogue || embed) return;
    forget();
    then();
  });
  return forget;
}

/** Starts again at the last position shown, after the worker has died. */
export function restartSession(): void {
  const { status } = uiStore.getState();
  uiStore.setState({ crashed: '', pending: 0, catalogue: null });
  startSession(status?.link ?? '');
}
