import { connect } from "node:net";
import type { Address } from "../../src/backends/memcache/connection.js";
import { parseServiceUrl } from "../../src/config/url.js";

export const serversOf = (url: string): readonly Address[] => (url === "" ? [] : parseServiceUrl(url, "result backend").hosts);

/** Says one line to a memcached, in the text protocol that Go's client speaks, and gives the answer. */
export function say({ name, port }: Address, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, name, () => socket.write(`${line}\r\n`));
    let text = "";
    socket.setEncoding("utf8").on("data", (data) => {
      text += data;
      if (!/(?:END|STORED|DELETED|OK|NOT_FOUND|ERROR.*)\r\n$/.test(text)) return;
      socket.destroy();
      resolve(text.trimEnd());
    });
    socket.on("error", reject);
  });
}
