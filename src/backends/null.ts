import { MachineryError } from "../errors.js";
import type { Backend, BackendCapabilities, GateAnswer, StateWrite, Watch, WriteOutcome } from "./backend.js";

export const nullBackendCapabilities: BackendCapabilities = Object.freeze({
  keeps: false,
  push: false,
  atomicStates: false,
  atomicGate: false,
  persistent: false,
  shared: false,
  rereadable: false,
  evicts: false,
});

/** Opens a result backend that keeps nothing, Machinery's `null`: for who sends tasks and never asks what became of them. */
export function openNullBackend(): Backend {
  return new NullBackend();
}

const dropped: WriteOutcome = Object.freeze({ ok: true });
const silent: Watch = Object.freeze({ add: () => {}, remove: () => {}, close: () => {} });

class NullBackend implements Backend {
  readonly capabilities = nullBackendCapabilities;
  #closed = false;

  async write(writes: readonly StateWrite[]): Promise<WriteOutcome[]> {
    this.#mustBeOpen();
    return writes.map(() => dropped);
  }

  read(): Promise<(string | null)[]> {
    return this.#refuse("no state can be read");
  }

  async openGroup(): Promise<void> {
    this.#mustBeOpen();
  }

  readGroups(): Promise<(string | null)[]> {
    return this.#refuse("no group can be read");
  }

  memberDone(): Promise<GateAnswer[]> {
    return this.#refuse("no chord can be counted");
  }

  chordSent(): Promise<void> {
    return this.#refuse("no chord can be counted");
  }

  lease(): Promise<boolean> {
    return this.#refuse("no lease can be held");
  }

  watch(): Watch {
    return silent;
  }

  async purge(): Promise<void> {
    this.#mustBeOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async #refuse(what: string): Promise<never> {
    this.#mustBeOpen();
    throw new MachineryError("ERR_UNSUPPORTED", `${what}: the result backend is null:, which keeps nothing.`, {
      at: "resultBackend",
    });
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new MachineryError("ERR_CLOSED", "The null backend was closed before.");
  }
}
