import { createHash } from "node:crypto";

/**
 * A Lua script. Servers from version 7 on are told that it may run while their memory is full: what workers do frees memory in the end,
 * and a full server that refused it could never be drained. Older servers know no such flag; there, a script that begins with a
 * command which needs no memory is let through to its end.
 */
export class Script {
  readonly #plain: Source;
  readonly #flagged: Source;

  /** @param needsRoom it may be refused where the memory is full: it only adds */
  constructor(lua: string, { needsRoom = false } = {}) {
    this.#plain = new Source(lua);
    this.#flagged = needsRoom ? this.#plain : new Source(`#!lua flags=allow-oom\n${lua}`);
  }

  /** @param flags whether the server knows flags */
  source(flags: boolean): Source {
    return flags ? this.#flagged : this.#plain;
  }
}

class Source {
  readonly lua: string;
  readonly sha: string;

  constructor(lua: string) {
    this.lua = lua;
    this.sha = createHash("sha1").update(lua).digest("hex");
  }
}
