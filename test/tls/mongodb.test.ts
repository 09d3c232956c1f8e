import { startMongodbWithTls } from "../services/mongodb.js";
import { ownServers } from "../services/service.js";
import { tlsSuite } from "./suite.js";

/** How long the driver looks for a server that it may talk to. */
const soon = "serverSelectionTimeoutMS=1500";

tlsSuite(await ownServers("mongodb"), {
  name: "mongodb",
  options: (url) => ({ broker: "memory:tls", resultBackend: url }),
  async start(t, certificate) {
    const { port, plainPort } = await startMongodbWithTls(t, certificate);
    return {
      url: `mongodb://localhost:${port}/tls?tls=true&${soon}`,
      otherUrl: `mongodb://127.0.0.1:${port}/tls?tls=true&${soon}`,
      ...(plainPort !== undefined && {
        plainUrl: `mongodb://localhost:${port}/tls?${soon}`,
        toPlainPort: `mongodb://localhost:${plainPort}/tls?tls=true&${soon}`,
      }),
    };
  },
});
