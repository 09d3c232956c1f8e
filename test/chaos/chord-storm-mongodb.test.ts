import { basename } from "node:path";
import { findMongodb, startMongodb } from "../services/mongodb.js";
import { ownServers } from "../services/service.js";
import { chordStorm, type StormSize } from "./chord-storm.js";

const test = await ownServers("redis", "mongodb");

// FerretDB 1 goes through its whole collections: twice the tasks cost it four times the work.
const size: StormSize | undefined = basename((await findMongodb()) ?? "") === "ferretdb" ? { ordinary: 8, full: 200 } : undefined;

chordStorm(test, "test/chaos/chord-storm-mongodb.test.ts", "MongoDB", startMongodb, size);
