/**
 * Listens for SIGINT and SIGTERM: the first asks to stop in order, a second leaves at once, with the exit code that a shell expects
 * of the signal (130, 143); what was running is redelivered.
 *
 * @returns takes the listeners away
 */
export function listenForSignals(onFirst: (signal: NodeJS.Signals) => void): () => void {
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
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
