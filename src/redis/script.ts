import { createHash } from "node:crypto";

/**
 * A Lua script. Servers from version 7 on are told that it may run while their memory is full: what workers do frees memory in the end,
 * and a full server that refused it could never be drained. Older servers know no such flag; there, a script that begins with a
 * command which needs no memory is let through to its end.
 */
export class Script {
  readonly #plain: Source;
  readonly #flagged: Source;
  readonly #needsRoom: boolean;

  /** @param needsRoom it may be refused where the memory is full: it only adds */
  constructor(lua: string, { needsRoom = false } = {}) {
    this.#needsRoom = needsRoom;
    this.#plain = new Source(lua);
    this.#flagged = needsRoom ? this.#plain : new Source(`#!lua flags=allow-oom\n${lua}`);
  }

  /**
   * This script behind another, as one that the server runs as a whole. The keys of both and the arguments of both follow each other, and
   * before the arguments stands how many of each are the first one's. Returns what both return, as a list; only what the first returns
   * if it returns something true beside.
   */
  behind(first: Script): Script {
    const lua = `
local function part(list, from, to)
  -- Of more the stack would run over.
  if to - from < 1000 then return {unpack(list, from, to)} end
  local some = {}
  for i = from, to do some[i - from + 1] = list[i] end
  return some
end
local keys, args = tonumber(ARGV[1]), tonumber(ARGV[2]) + 2
local function first(KEYS, ARGV)
${first.#plain.lua}
end
local function second(KEYS, ARGV)
${this.#plain.lua}
end
local answer, stop = first(part(KEYS, 1, keys), part(ARGV, 3, args))
if stop then return {answer} end
return {answer, second(part(KEYS, keys + 1, #KEYS), part(ARGV, args + 1, #ARGV))}
`;
    return new Script(lua, { needsRoom: first.#needsRoom && this.#needsRoom });
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
