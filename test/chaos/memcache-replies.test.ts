import { startMemcached } from "../services/memcached.js";
import { ownServers } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { lostReplies } from "./replies.js";

/** The head of a request of memcached's binary protocol: no key is as long as 256 bytes. */
const request = (opcode: number): Uint8Array => Uint8Array.of(0x80, opcode, 0);

lostReplies(await ownServers("memcached"), {
  file: "test/chaos/memcache-replies.test.ts",
  on: "Memcached",
  requests: {
    "what is read": request(0x00),
    "what is changed": request(0x01),
    "what is added": request(0x02),
    "a member's mark": ":p:d:",
    "a chord's gate": ":p:chord",
  },
  // The claims are kept in the folder, and what was stored and not heard of is found there.
  repeated: () => 0,
  open: async (t) => {
    const memcached = await startMemcached(t, ["-M"]);
    const folder = await temporaryFolder(t);
    return { broker: `file:${folder}`, resultBackend: memcached.url };
  },
});
