import { findMongodb, isFerretdb, startMongodb } from "../services/mongodb.js";
import { ownServers } from "../services/service.js";
import { chordStorm, type StormSize } from "./chord-storm.js";

const test = await ownServers("redis", "mongodb");

const size: StormSize | undefined = isFerretdb((await findMongodb()) ?? "") ? { ordinary: 8, full: 200 } : undefined;

chordStorm(test, "test/chaos/chord-storm-mongodb.test.ts", "MongoDB", startMongodb, size);
