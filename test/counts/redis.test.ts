import { service } from "../services/service.js";
import { costOf, keepTo } from "./load.js";
import { redisCommands } from "./redis-commands.js";
import { WireMeter } from "./wire-meter.js";

const { test, url } = await service("redis");

test("commands and bytes of a task on Redis", async (t) => {
  const meter = await WireMeter.start(t, url, redisCommands);
  const cost = await costOf(t, { broker: meter.url, resultBackend: meter.url }, meter);
  keepTo(t, { single: { commands: 9, bytes: 4_700 }, batched: { commands: 0.16, bytes: 2_900 } }, cost);
});
