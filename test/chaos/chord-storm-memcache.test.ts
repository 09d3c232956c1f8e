import { startMemcached } from "../services/memcached.js";
import { ownServers } from "../services/service.js";
import { chordStorm } from "./chord-storm.js";

const test = await ownServers("redis", "memcached");

// What is promised holds where nothing is evicted: with -M, memcached refuses what it has no room for.
chordStorm(test, "test/chaos/chord-storm-memcache.test.ts", "Memcached", (t) => startMemcached(t, ["-M", "-m", "256"]));
