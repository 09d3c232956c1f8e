import { namespace } from "../services/namespace.js";
import { findRabbitmq, Rabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";
import { temporaryFolder } from "../services/temporary-folder.js";
import { chaosSuite } from "./suite.js";

const test = await ownServers("rabbitmq");

let rabbitmq: Rabbitmq;
test.before(async () => {
  rabbitmq = await Rabbitmq.start((await findRabbitmq())!);
});
test.after.always(() => rabbitmq?.dispose());

chaosSuite(test, {
  file: "test/chaos/amqp.test.ts",
  on: "RabbitMQ",
  embedded: false,
  async open(t) {
    const exchange = namespace(t);
    const folder = await temporaryFolder(t);
    return {
      broker: rabbitmq.url,
      // RabbitMQ gives up whom it has not heard for two heartbeats. This one is a second.
      impatientBroker: `${rabbitmq.url}?heartbeat=1`,
      amqp: { exchange, bindingKey: exchange },
      resultBackend: `file:${folder}`,
    };
  },
});
