import { randomUUID } from "node:crypto";
import type { ExecutionContext } from "ava";
import { Server, type TaskState, type Worker, type WorkerOptions } from "machinery-ts";
import { modelOf } from "../../codegen/emit/project.js";
import { keepingLogger, type Line } from "../../worker/stage.js";
import { compiledProject } from "../compiled-project.js";

/** The hash that messages of a contract's first task carry. */
export function hashOf(contract: string): string {
  return modelOf(contract).tasks[0]!.hash;
}

export interface Arg {
  readonly Type: string;
  readonly Value: unknown;
}

export const int = (value: number): Arg => ({ Type: "int64", Value: value });

/** A message of the task `add` as its sender writes it; without `hash`, as a Go sender does. */
export function message(args: readonly Arg[], hash: string | undefined, more: object = {}): Uint8Array {
  const Headers = hash === undefined ? null : { "x-machinery-contract": hash };
  return Buffer.from(JSON.stringify({ UUID: `task_${randomUUID()}`, Name: "add", Args: args, Headers, ...more }));
}

export interface SkewStage {
  readonly server: Server;
  readonly lines: readonly Line[];
  /** A worker of the contract as it is now. */
  work(options?: WorkerOptions): Promise<Worker>;
  /** Sends a message and waits for the end of its task. */
  end(body: Uint8Array): Promise<TaskState>;
}

export async function skewStage(t: ExecutionContext, contract: string, program: string): Promise<SkewStage> {
  const { folder, load } = await compiledProject(t, { "schema/tasks.yaml": contract, "tasks/index.ts": program });
  const { dispatch } = await load("generated/index.js");
  const handlers = await load("tasks/index.js");
  const { logger, lines } = keepingLogger();
  const url = `memory:${folder}`;
  const server = await Server.connect({ broker: url, resultBackend: url, logger });
  t.teardown(() => server.close());
  const modules = {
    dispatch: new URL(`file://${folder}/dist/generated/index.js`),
    handlers: new URL(`file://${folder}/dist/tasks/index.js`),
  };
  return {
    server,
    lines,
    async work(options = {}) {
      const worker = server.newWorker("w", { handlers: dispatch(handlers), threads: { ...modules, size: 1 }, ...options });
      await worker.start();
      t.teardown(() => worker.stop({ graceMs: 0 }));
      return worker;
    },
    async end(body) {
      const result = await server.sendRaw(body);
      for await (const state of result.states()) if (state.isCompleted()) return state;
      throw new Error("it never ended");
    },
  };
}
