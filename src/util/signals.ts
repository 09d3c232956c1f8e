/** The exit code that a shell expects of a process which this signal has ended. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return signal === "SIGINT" ? 130 : 143;
}

/**
 * Listens for SIGINT and SIGTERM: the first asks to stop in order, a second leaves at once, with the exit code that a shell expects
 * of the signal (130, 143); what was running is redelivered.
 *
 * @param onSecond what else is to be done before that
 * @returns takes the listeners away
 */
export function listenForSignals(onFirst: (signal: NodeJS.Signals) => void, onSecond?: () => void): () => void {
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) {
      onSecond?.();
      process.exit(signalExitCode(signal));
    }
    asked = true;
    onFirst(signal);
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return () => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
}
