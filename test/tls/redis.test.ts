import { freePort } from "../services/free-port.js";
import { startRedis } from "../services/redis.js";
import { ownServers } from "../services/service.js";
import { tlsSuite } from "./suite.js";

tlsSuite(await ownServers("redis"), {
  name: "redis",
  options: (url) => ({ broker: url, resultBackend: url, redis: { connectTimeout: 1 } }),
  async start(t, { cert, key }) {
    const port = await freePort();
    const plain = await startRedis(t, {
      "tls-port": port,
      "tls-cert-file": cert,
      "tls-key-file": key,
      "tls-ca-cert-file": cert,
      "tls-auth-clients": "no",
    });
    return {
      url: `rediss://localhost:${port}`,
      otherUrl: `rediss://127.0.0.1:${port}`,
      plainUrl: `redis://localhost:${port}`,
      toPlainPort: `rediss://localhost:${plain.port}`,
    };
  },
});
