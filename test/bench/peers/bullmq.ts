import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "../contenders.js";
import { versionOf } from "../environment.js";
import { Program } from "../program.js";
import { type Peer, peerFolder, run } from "./peer.js";

const name = "BullMQ";
const cwd = peerFolder("bullmq");

/** The most used task queue of Node. */
export const bullmq: Peer = {
  name,
  isQuick: true,
  isInstalled: () => existsSync(join(cwd, "node_modules", "bullmq")),
  install: () => run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], cwd, 60_000),
  version: () => versionOf(join(cwd, "node_modules", "bullmq", "package.json")),
  contender: (): Contender => ({
    name,
    slots: [50, 100, 200, 400],
    fewer: 1,
    warmsUp: true,
    can: ["flights", "chord", "chain", "delayed", "echoes", "processes", "primes"],
    start: ({ broker }) => new Program(name, process.execPath, [join(cwd, "program.js"), broker, "bench_bullmq"]),
  }),
};
