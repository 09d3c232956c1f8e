import { service } from "../services/service.js";
import { chaosSuite } from "./suite.js";

const { test, url } = await service("redis");

chaosSuite(test, {
  file: "test/chaos/redis.test.ts",
  on: "Redis",
  embedded: false,
  announcesAtOnce: true,
  open: async () => ({ broker: url, resultBackend: url, close: async () => {} }),
});
