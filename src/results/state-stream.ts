import type { TaskState } from "./task-state.js";

/** Waits for a task's end, and tells of each state on the way. */
export type Watching = (
  signal: AbortSignal,
  onEnd: (state: TaskState) => void,
  onError: (error: Error) => void,
  onState: (state: TaskState) => void,
) => void;

/** The states that a wait comes by, each once, the terminal one last. Who stops looking on before the end ends the wait. */
export async function* stateStream(watching: Watching, signal: AbortSignal | undefined): AsyncGenerator<TaskState> {
  const seen: TaskState[] = [];
  let wake = (): void => {};
  let last: string | undefined;
  const onState = (state: TaskState): void => {
    if (state.state === last) return;
    last = state.state;
    seen.push(state);
    wake();
  };
  let ended = false;
  let failure: unknown;
  const left = new AbortController();
  const either = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  const end = new Promise<TaskState>((resolve, reject) => watching(either, resolve, reject, onState))
    .then(onState, (error) => {
      failure = error;
    })
    .finally(() => {
      ended = true;
      wake();
    });
  try {
    while (!ended || seen.length > 0) {
      const state = seen.shift();
      if (state) yield state;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    left.abort();
    await end;
  }
  if (failure !== undefined) throw failure;
}
