import type { DispatchEntry } from "../gen/v1/dispatcher.js";
import type { Logger } from "../logger.js";
import { strangeContract } from "../wire/contract-skew.js";
import type { MessageObject } from "../wire/message.js";

/** Of so many versions it is told; more are somebody's play. */
const MAX_KNOWN = 1000;

/** Tells, once for each, of versions of tasks that senders have and this worker has not. */
export class ContractSkews {
  readonly #logger: Logger;
  readonly #told = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  look({ definition, older }: DispatchEntry, message: MessageObject): void {
    const sent = strangeContract(definition, message);
    if (sent === undefined || this.#told.size === MAX_KNOWN) return;
    const { name: task, hash: ours } = definition;
    const version = `${task} ${sent}`;
    if (this.#told.has(version)) return;
    this.#told.add(version);
    const known = older?.get(sent);
    const what = known
      ? `tasks of version ${known.number} come in; their arguments are migrated`
      : "tasks of a version that this worker does not know come in; those whose arguments fit are run";
    this.#logger.info({ task, sent: sent.slice(0, 80), ours }, what);
  }
}
