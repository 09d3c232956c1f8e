import { startMongodb } from "../services/mongodb.js";
import { ownServers } from "../services/service.js";
import { chordStorm } from "./chord-storm.js";

const test = await ownServers("redis", "mongodb");

// FerretDB, which mostly serves for it, is slow.
chordStorm(test, "test/chaos/chord-storm-mongodb.test.ts", "MongoDB", startMongodb, 8);
