import { freePort } from "../services/free-port.js";
import { startRabbitmq } from "../services/rabbitmq.js";
import { ownServers } from "../services/service.js";
import { tlsSuite } from "./suite.js";

tlsSuite(await ownServers("rabbitmq"), {
  name: "amqp",
  options: (url) => ({ broker: url, resultBackend: url }),
  async start(t, { cert, key }) {
    const port = await freePort();
    const rabbitmq = await startRabbitmq(t, {
      config: [
        `listeners.ssl.default = 127.0.0.1:${port}`,
        `ssl_options.cacertfile = ${cert}`,
        `ssl_options.certfile = ${cert}`,
        `ssl_options.keyfile = ${key}`,
        "ssl_options.verify = verify_none",
      ],
    });
    return {
      url: `amqps://localhost:${port}`,
      otherUrl: `amqps://127.0.0.1:${port}`,
      plainUrl: `amqp://localhost:${port}`,
      toPlainPort: `amqps://localhost:${rabbitmq.node.port}`,
    };
  },
});
