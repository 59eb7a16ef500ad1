// The worker's entry: exposes one Comlink object. Placeholder until the machine is behind it.
import { expose } from 'comlink';

const api = {
  /** Answers when the worker runs. */
  hello: (): string => 'ready',
};

/** What the page may call. */
export type WorkerApi = typeof api;

expose(api);
