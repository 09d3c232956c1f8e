import { endMembers } from "../../src/backends/redis/group-scripts.js";
import { storeAllStates, storeStates } from "../../src/backends/redis/state-scripts.js";
import { claim, settle } from "../../src/brokers/redis/claim-scripts.js";
import { push } from "../../src/brokers/redis/queue-scripts.js";
import { Script } from "../../src/redis/script.js";
import { ownServers } from "../services/service.js";
import { RedisSubject } from "./redis-subject.js";
import { lostReplies } from "./replies.js";

const states = new Script(storeStates);
const shaOf = (script: Script): string => script.source(true).sha;

lostReplies(await ownServers("redis"), {
  file: "test/chaos/redis-replies.test.ts",
  on: "Redis",
  requests: {
    "a claim": shaOf(claim),
    "waiting for a message": "BLMOVE",
    "the states of tasks that start": shaOf(states),
    "a result that ends its claim": shaOf(settle.behind(states)),
    "a result that ends its claim and sends what follows": shaOf(settle.behind(push).behind(new Script(storeAllStates))),
    "the end of a claim": shaOf(settle),
    "the states of tasks that follow": shaOf(new Script(storeStates, { needsRoom: true })),
    // As a command: scripts, which go to the server as text at first, name it too.
    "tasks that follow": "\r\nRPUSH\r\n",
    "a chord's gate": shaOf(new Script(endMembers)),
  },
  unheard: ["tasks that follow"],
  // The claims are kept on the server: what was done and not heard of is found there. What follows, and may be out already, is sent
  // once more: up to as many tasks as end at once have something that follows, whatever else that connection was asked.
  repeated: () => 5,
  repeatedOfSent: () => 0,
  open: () => RedisSubject.start(),
});
