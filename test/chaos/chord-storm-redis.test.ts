import { ownServers } from "../services/service.js";
import { chordStorm } from "./chord-storm.js";

const test = await ownServers("redis");

chordStorm(test, "test/chaos/chord-storm-redis.test.ts", "Redis");
