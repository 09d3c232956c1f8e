import type { Backend, StateWrite, WriteOutcome } from "../backends/backend.js";
import type { Broker, Notice } from "../brokers/broker.js";
import { Batcher } from "../util/batcher.js";
import { encodeEnded, isEndedTopic } from "../wire/notices.js";
import { isTerminal } from "../wire/state-text.js";

/**
 * Tells waiting senders over the broker which tasks have ended, where the result backend cannot: they then look at once, and need not
 * poll for it. One call at a time, with all that has ended meanwhile. What is not heard is found by polling.
 */
export class ResultTeller {
  readonly #broker: Broker;
  readonly #isWanted: boolean;
  readonly #ended = new Batcher<StateWrite>((batch) => this.#send(batch));

  constructor(broker: Broker, backend: Backend) {
    this.#broker = broker;
    this.#isWanted = broker.capabilities.notices && !backend.capabilities.push && backend.capabilities.keeps;
  }

  /** What was written, and what became of it. */
  stored(writes: readonly StateWrite[], outcomes: readonly WriteOutcome[]): void {
    if (!this.#isWanted) return;
    for (let i = 0; i < writes.length; i++) {
      const write = writes[i]!;
      if (write.notify !== undefined && outcomes[i]!.ok && isTerminal(write.state)) this.#ended.add(write);
    }
  }

  /** Resolves when all has been told. */
  idle(): Promise<void> {
    return this.#ended.idle();
  }

  async #send(batch: readonly StateWrite[]): Promise<void> {
    const byTopic = new Map<string, string[]>();
    for (const { id, notify } of batch) if (byTopic.get(notify!)?.push(id) === undefined) byTopic.set(notify!, [id]);
    const notices: Notice[] = [];
    for (const [topic, ids] of byTopic) {
      if (isEndedTopic(topic)) for (const body of encodeEnded(ids)) notices.push({ topic, body });
    }
    // It rejects only where the broker was closed, and then nobody is told anything any more.
    if (notices.length > 0) await this.#broker.notify(notices).catch(() => {});
  }
}
