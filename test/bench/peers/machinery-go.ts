import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "../contenders.js";
import { Program } from "../program.js";
import { mustHave, type Peer, peerFolder, run } from "./peer.js";

const name = "Go Machinery";
const cwd = peerFolder("machinery-go");
const program = join(cwd, "machinery-go");
const source = join(cwd, "main.go");

/** What this library is an implementation of. */
export const goMachinery: Peer = {
  name,
  isQuick: false,
  isInstalled: () => existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs,
  install() {
    mustHave("go");
    run("go", ["build", "-o", program], cwd);
  },
  version: () => /machinery\/v2 v(\S+)/.exec(readFileSync(join(cwd, "go.mod"), "utf8"))![1]!,
  contender: (): Contender => ({
    name,
    slots: [10, 50, 200],
    fewer: 5,
    warmsUp: false,
    can: ["flights", "chord", "chain", "echoes"],
    start: ({ broker, resultBackend }) => new Program(name, program, [broker, resultBackend, "bench_go"]),
  }),
};
