import { findMongodb, isFerretdb, startMongodb } from "../services/mongodb.js";
import { ownServers } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { lostReplies } from "./replies.js";

/** How a command of MongoDB's begins: a string in BSON, its name the command's, its value the collection's. */
function command(name: string, collection: string): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeInt32LE(collection.length + 1);
  return Buffer.concat([Buffer.from(`\x02${name}\0`), length, Buffer.from(`${collection}\0`)]);
}

lostReplies(await ownServers("mongodb"), {
  file: "test/chaos/mongodb-replies.test.ts",
  on: "MongoDB",
  ...(isFerretdb((await findMongodb()) ?? "") && { losses: 100 }),
  requests: {
    "states that are read": command("find", "tasks"),
    "states that are stored": command("update", "tasks"),
    "the mark of a member": command("update", "p_members"),
    "members that are counted": command("aggregate", "p_members"),
    "a chord's gate": command("update", "p_leases"),
    "a group's mark for Go": command("update", "group_metas"),
  },
  // The claims are kept in the folder, and what was stored and not heard of is found there.
  repeated: () => 0,
  open: async (t) => {
    const mongodb = await startMongodb(t);
    const folder = await temporaryFolder(t);
    return { broker: `file:${folder}`, resultBackend: mongodb.url };
  },
});
