import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "../contenders.js";
import { Program } from "../program.js";
import { mustHave, type Peer, peerFolder, run } from "./peer.js";

const name = "Celery";
const cwd = peerFolder("celery");
const python = join(cwd, ".venv", "bin", "python");

/** The most used task queue of Python. */
export const celery: Peer = {
  name,
  isQuick: false,
  isInstalled: () => existsSync(join(cwd, ".venv", "bin", "celery")),
  install() {
    mustHave("python3");
    run("python3", ["-m", "venv", ".venv"], cwd);
    run(python, ["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"], cwd);
  },
  version: () => /==(\S+)/.exec(readFileSync(join(cwd, "requirements.txt"), "utf8"))![1]!,
  contender: (): Contender => ({
    name,
    slots: [2],
    fewer: 40,
    warmsUp: false,
    can: [],
    start: ({ broker }) => new Program(name, python, [join(cwd, "program.py"), broker, "bench_celery"]),
  }),
};
