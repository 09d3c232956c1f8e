import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "./program.js";

/** A library to be measured on Redis; `programs/serve.ts` says what its program understands. */
export interface Contender {
  readonly name: string;
  /** Concurrency of a worker, the best of which is looked for anew on each machine. */
  readonly slots: readonly number[];
  /** How many times fewer tasks it gets than the others, so that a run ends. */
  readonly fewer: number;
  start(url: string): Program;
}

export const machinery: Contender = {
  name: "machinery-ts",
  slots: [200],
  fewer: 1,
  start: (url) => new Program("machinery-ts", process.execPath, [own("machinery"), url, "bench_machinery"]),
};

/** The same commands in the same batches, by hand: what nothing but Redis and its client cost. */
export const probe: Contender = {
  name: "bare client",
  slots: [200],
  fewer: 1,
  start: (url) => new Program("bare client", process.execPath, [own("redis-probe"), url, "bench_probe"]),
};

/** Other libraries, each installed in its own folder when it is first wanted; those that cannot be are left out, with a line. */
export function peers(): Contender[] {
  return [bullmq, goMachinery, celery].flatMap((prepare) => {
    try {
      return [prepare()];
    } catch (error) {
      console.log(`Left out: ${(error as Error).message.split("\n")[0]}`);
      return [];
    }
  });
}

function bullmq(): Contender {
  const cwd = folder("bullmq");
  if (!existsSync(join(cwd, "node_modules")))
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], cwd);
  const name = "BullMQ";
  const start = (url: string) => new Program(name, process.execPath, [join(cwd, "program.js"), url, "bench_bullmq"]);
  return { name, slots: [50, 100, 200, 400], fewer: 1, start };
}

function goMachinery(): Contender {
  const cwd = folder("machinery-go");
  const name = "Go Machinery";
  const program = join(cwd, "machinery-go");
  find("go", name);
  run("go", ["build", "-o", program], cwd);
  return { name, slots: [10, 50, 200], fewer: 5, start: (url) => new Program(name, program, [new URL(url).host, "bench_go"]) };
}

function celery(): Contender {
  const cwd = folder("celery");
  const name = "Celery";
  const python = join(cwd, ".venv", "bin", "python");
  if (!existsSync(python)) {
    find("python3", name);
    run("python3", ["-m", "venv", ".venv"], cwd);
    run(python, ["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"], cwd);
  }
  return { name, slots: [2], fewer: 20, start: (url) => new Program(name, python, [join(cwd, "program.py"), url, "bench_celery"]) };
}

function find(program: string, wanted: string): void {
  const found = process.env.PATH!.split(delimiter).some((folder) => existsSync(join(folder, program)));
  if (!found) throw new Error(`${wanted}, since ${program} is not on the PATH`);
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
}

/** Where the built programs are. */
const own = (name: string): string => fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));

/** Where another library has its program: not built, and so not in `dist`. */
const folder = (name: string): string => fileURLToPath(new URL(`../../../test/bench/peers/${name}/`, import.meta.url));
