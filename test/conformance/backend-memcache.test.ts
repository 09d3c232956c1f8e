import { backendConformance } from "machinery-ts/testing/conformance";
import { Cache } from "../../src/backends/memcache/cache.js";
import { memcacheBackendCapabilities, openMemcacheBackend } from "../../src/backends/memcache.js";
import { delay, systemClock } from "../../src/util/clock.js";
import { serversOf } from "../backends/memcache-servers.js";
import { service } from "../services/service.js";

const { test, url } = await service("memcached");
const servers = serversOf(url);

backendConformance(test, {
  name: "memcache",
  capabilities: memcacheBackendCapabilities,
  // Memcached counts whole seconds.
  ttlMs: 2_000,
  async open(namespace) {
    const cache = await Cache.open(servers, { username: "", password: "", timeoutMs: 10_000, clock: systemClock });
    return {
      connect: () => openMemcacheBackend({ servers, timeoutMs: 10_000 }),
      now: () => Date.now(),
      // What was stored before, with as long to live, is gone when this is.
      async elapse(ms) {
        await cache.set(`${namespace}:elapse`, "", ms);
        while (await cache.get(`${namespace}:elapse`)) await delay(systemClock, 50, undefined, true);
      },
      close: async () => cache.close(),
    };
  },
});
