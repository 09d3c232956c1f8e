import { preview } from "../errors.js";
import type { Logger } from "../logger.js";
import { strangeFields } from "../wire/signature.js";

/** So many are told apart; whoever sends others in every message gets no line for each. */
const MOST_WARNINGS = 100;

/** Warns of fields in messages that are none of Machinery's: once for each field of each task. */
export class StrangeFields {
  readonly #logger: Logger;
  readonly #warned = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  look(message: { readonly Name?: unknown }): void {
    for (const field of strangeFields(message)) {
      const key = JSON.stringify([message.Name, field]);
      if (this.#warned.has(key) || this.#warned.size === MOST_WARNINGS) continue;
      this.#warned.add(key);
      this.#logger.warn(
        { task: preview(message.Name), field: preview(field) },
        "messages have a field that Machinery does not know; it is kept, and otherwise ignored",
      );
    }
  }
}
