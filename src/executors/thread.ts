/**
 * What runs on each thread of a pool: it loads the user's modules, takes messages, runs one at a time, and answers in plain data. Whatever a
 * handler does there ends in an answer, or in the end of this thread; the loop makes a failed task of both.
 */
import { parentPort, workerData } from "node:worker_threads";
import { MachineryError } from "../errors.js";
import type { Dispatch, DispatchEntry } from "../gen/v1/dispatcher.js";
import { withSkew } from "../wire/contract-skew.js";
import { readContractHash } from "../wire/headers.js";
import { checkEnvelope, explainInvalid, parseMessage } from "../wire/message.js";
import type { Progress } from "../wire/notices.js";
import type { WireSignature } from "../wire/signature.js";
import { checkReadWithoutArgs } from "../wire/without-args.js";
import { Mark } from "./board.js";
import { contextStorage } from "./context.js";
import { isThenable } from "./inline.js";
import { toPlainError } from "./plain-error.js";
import { ThreadContext } from "./thread-context.js";
import { threadLogger } from "./thread-logger.js";
import type { RunRequest, ThreadMessage, ThreadReply, ThreadRequest, ThreadSetup } from "./thread-protocol.js";
import { Turns } from "./turns.js";

const { modules, limits, cells, maxTasks, logLevels } = workerData as ThreadSetup;
const logger = threadLogger(logLevels);
let dispatch: Dispatch | undefined;
const loading = load().then((loaded) => {
  dispatch = loaded;
  return loaded;
});
// Every request asks for it, and gets the error.
loading.catch(() => {});

let ran = 0;
let broken = false;
/** Whether this thread has asked to be replaced. */
let retired = false;
const turns = new Turns();
/** The task that runs, and how to fail it from outside its handler. */
let running: { readonly context: ThreadContext; readonly fail: (error: unknown) => void } | undefined;

process.on("uncaughtException", (error) => {
  // After an error that nobody caught, whatever this thread holds may be half done: it is replaced.
  broken = true;
  const culprit = contextStorage.getStore();
  if (culprit !== undefined && culprit === running?.context) running.fail(error);
  else {
    const line = { err: toPlainError(error), ...(culprit && { task: culprit.name, uuid: culprit.uuid }) };
    logger.error(line, "an error was thrown on a thread outside of the task that runs there; the thread is replaced");
  }
});

/** A task that needs no promise costs none here: that is what short tasks would wait for. */
export default function answer(request: ThreadRequest): ThreadReply | Promise<ThreadReply> {
  if (request.kind === "load") return describe();
  return turns.take(() => (dispatch === undefined ? whenLoaded(request) : run(request, dispatch)));
}

async function describe(): Promise<ThreadReply> {
  try {
    const tasks = [...(await loading).values()].map(({ definition: { name, hash } }) => ({ name, hash }));
    return { kind: "loaded", tasks };
  } catch (error) {
    return { kind: "not-loaded", error: toPlainError(error) };
  }
}

async function whenLoaded(request: RunRequest): Promise<ThreadReply> {
  try {
    await loading;
  } catch (error) {
    return { kind: "not-loaded", error: toPlainError(error) };
  }
  return run(request, dispatch!);
}

function run({ body, queue, mark: place }: RunRequest, dispatch: Dispatch): ThreadReply | Promise<ThreadReply> {
  const mark = new Mark(cells, place);
  if (retired || !mark.begin()) return { kind: "not-begun" };
  let task: Readable;
  try {
    task = read(typeof body === "string" ? Buffer.from(body, "latin1") : body, queue, dispatch);
  } catch (error) {
    return end(mark, { kind: "unfit-message", error: toPlainError(error) });
  }
  const { entry, signature, args } = task;
  const tell = (progress: Progress): void =>
    parentPort?.postMessage({ kind: "progress", mark: place, progress } satisfies ThreadMessage);
  const context = new ThreadContext(signature, queue, mark, logger, tell);
  let value: unknown;
  try {
    value = contextStorage.run(context, entry.handler, ...args);
    if (isThenable(value)) return outlast(context, value, entry, mark);
  } catch (error) {
    return end(mark, { kind: "threw", error: toPlainError(error) });
  }
  return end(mark, returned(context, value, entry));
}

/** Ends with what the handler's promise ends with, or with an error that it has left uncaught. */
async function outlast(
  context: ThreadContext,
  promise: PromiseLike<unknown>,
  entry: DispatchEntry,
  mark: Mark,
): Promise<ThreadReply> {
  const uncaught = new Promise<never>((_, fail) => {
    running = { context, fail };
  });
  let value: unknown;
  try {
    value = await Promise.race([promise, uncaught]);
  } catch (error) {
    return end(mark, { kind: "threw", error: toPlainError(error) });
  } finally {
    running = undefined;
  }
  return end(mark, returned(context, value, entry));
}

function returned(context: ThreadContext, value: unknown, { definition }: DispatchEntry): ThreadReply {
  const progress = context.takeProgress();
  try {
    return { kind: "returned", results: definition.encodeResults(value), ...(progress && { progress }) };
  } catch (error) {
    return { kind: "unfit-results", error: toPlainError(error) };
  }
}

/** The task is over; with it the thread, where it has run its tasks or something in it went wrong. */
function end(mark: Mark, reply: ThreadReply): ThreadReply {
  ran++;
  mark.end();
  retired = broken || (maxTasks > 0 && ran >= maxTasks);
  return retired ? { ...reply, retire: true } : reply;
}

interface Readable {
  readonly entry: DispatchEntry;
  readonly signature: WireSignature;
  readonly args: readonly unknown[];
}

function read(body: Uint8Array, queue: string, dispatch: Dispatch): Readable {
  const message = parseMessage(body, limits);
  const entry = dispatch.get(message.Name as string);
  if (!entry)
    throw new MachineryError("ERR_TASK_UNKNOWN", "the modules for threads have no handler for this task.", { at: "/Name" });
  const { definition } = entry;
  checkReadWithoutArgs(message, body, limits);
  const version = entry.older?.get(readContractHash(message.Headers as never) ?? "") ?? definition;
  if (!version.validate(message)) throw withSkew(explainInvalid(version.validate.errors, message), definition, message);
  const signature = checkEnvelope(message as unknown as WireSignature, queue);
  return { entry, signature, args: version.decodeArgs(signature.Args ?? []) };
}

async function load(): Promise<Dispatch> {
  const { dispatch: exported } = (await import(modules.dispatch)) as { readonly dispatch?: unknown };
  const table = typeof exported === "function" ? exported(modules.handlers && (await import(modules.handlers))) : exported;
  if (table instanceof Map) return table;
  throw new MachineryError("ERR_PROJECT", "exports no dispatch table, and no function that makes one.", {
    at: modules.dispatch,
    hint: 'Name the generated index.js or dispatch.js, or a module with "export const dispatch = dispatch(handlers)".',
  });
}
