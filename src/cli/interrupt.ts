import { MachineryError } from "../errors.js";

/** The user, or the system, wants this process to end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  /** @param message what goes on without this process, and how to see to it */
  constructor(signal: NodeJS.Signals, message: string) {
    super(message);
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

/**
 * Runs what may take long, with a signal that aborts at Ctrl-C or SIGTERM; a second one ends the process at once.
 *
 * @param message for the user who interrupts it: what becomes of the work
 * @throws Interrupted when that was why it ended; else what `wait` throws
 */
export async function interruptible<T>(wait: (signal: AbortSignal) => Promise<T>, message: () => string): Promise<T> {
  const controller = new AbortController();
  let by: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    by = signal;
    ignore();
    controller.abort();
  };
  const ignore = (): void => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await wait(controller.signal);
  } catch (error) {
    const aborted = error instanceof MachineryError && error.code === "ERR_ABORTED";
    throw by !== undefined && aborted ? new Interrupted(by, message()) : error;
  } finally {
    ignore();
  }
}
