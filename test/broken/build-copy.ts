import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeFolder, temporaryFolder } from "../services/temporary-folder.js";
import { breakBuild, type Check, type Defect } from "./defect.js";

/** How a test ended. */
export interface Verdict {
  readonly how: "passed" | "failed" | "skipped" | "no such test" | "did not end";
  /** What it said, where it failed. */
  readonly said: string;
  readonly seconds: number;
}

/** After how long a run is ended that does not end by itself, in milliseconds. */
const patienceMs = 8 * 60_000;
const workspace = "machinery-ts-codegen";

/** A copy of this project and its build, to be broken. */
export class BuildCopy {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async make(): Promise<BuildCopy> {
    const root = await temporaryFolder();
    for (const name of await readdir(".")) {
      if (name !== "node_modules" && name !== ".git") await cp(name, join(root, name), { recursive: true });
    }
    // The generator's package is a link into the project: here, into the copy.
    await mkdir(join(root, "node_modules"));
    for (const name of await readdir("node_modules")) {
      const target = name === workspace ? "../codegen" : resolve("node_modules", name);
      await symlink(target, join(root, "node_modules", name));
    }
    return new BuildCopy(root);
  }

  /** Has it broken while `run` lasts. */
  async whileBroken<T>({ edits }: Defect, run: () => Promise<T>): Promise<T> {
    const mend = await breakBuild(this.#root, edits);
    try {
      return await run();
    } finally {
      await mend();
    }
  }

  /** Runs one test, with servers of its own. */
  async test({ file, title }: Check): Promise<Verdict> {
    const began = Date.now();
    const args = ["dist/test/services/run.js", file, "--tap", "--match", title];
    const run = spawn(process.execPath, args, { cwd: this.#root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [run.stdout, run.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const timer = setTimeout(() => run.kill("SIGTERM"), patienceMs);
    const [code] = await once(run, "close");
    clearTimeout(timer);
    const seconds = Math.round((Date.now() - began) / 1_000);
    if (Date.now() - began >= patienceMs) return { how: "did not end", said: "", seconds };
    if (/^not ok /m.test(output)) return { how: "failed", said: reasonIn(output), seconds };
    if (/^ok .*# SKIP/m.test(output)) return { how: "skipped", said: output, seconds };
    if (code === 0 && /^ok /m.test(output)) return { how: "passed", said: "", seconds };
    return { how: "no such test", said: output.slice(-1_000), seconds };
  }

  remove(): Promise<void> {
    return removeFolder(this.#root);
  }
}

/** What AVA says of the first failure, on one line. */
function reasonIn(tap: string): string {
  const failure = tap.slice(tap.search(/^not ok /m));
  const block = /---\n([\s\S]*?)\n\s*\.\.\./.exec(failure)?.[1] ?? failure;
  const said = block.replaceAll(/^\s*(?:name|assertion|operator|at|stack):.*$|\b[\w.]+ \(file:.*$/gm, "");
  return said.replaceAll(/\s+/g, " ").trim().slice(0, 240);
}
