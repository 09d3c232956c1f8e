import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { lostReplies } from "./replies.js";

/** AMQP 0-9-1's numbers of a class and a method, as they stand in a frame. */
const basic = (method: number): Uint8Array => Uint8Array.of(0, 60, 0, method);

lostReplies(await ownServers("rabbitmq"), {
  file: "test/chaos/amqp-replies.test.ts",
  on: "RabbitMQ",
  requests: { messages: basic(40), acknowledgements: basic(80) },
  unheard: ["messages"],
  // RabbitMQ delivers anew what a broken connection held.
  repeated: () => 5,
  open: async (t) => {
    const rabbitmq = await startRabbitmq(t);
    const folder = await temporaryFolder(t);
    return { broker: rabbitmq.url, resultBackend: `file:${folder}` };
  },
});
