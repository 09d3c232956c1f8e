import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { Command } from "commander";
import { MachineryError } from "../../errors.js";
import type { FlowType } from "../../gen/v1/task.js";
import type { AsyncResult } from "../../results/async-result.js";
import type { Server } from "../../server/server.js";
import type { Signature } from "../../workflow/signature.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { interruptible } from "../interrupt.js";
import { duration, wholeNumber } from "../option-values.js";
import { print, printJson, printOutcome, waitForEnd } from "../outcome.js";
import { Project } from "../project.js";

interface Options extends ConnectionOptions {
  readonly raw?: string;
  readonly types?: string;
  readonly queue?: string;
  readonly delay?: number;
  readonly priority?: number;
  readonly wait?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
  readonly generated?: string;
}

export function addSend(program: Command): void {
  const command = program
    .command("send")
    .summary("send a task")
    .description(
      "Sends a task of the contract and prints its id, or with --wait its results.\n\n" +
        "Arguments are read by the types of the contract: integers in plain digits, true or false, text as it stands, JSON for slices " +
        "and structured types, base64 for []uint8. For the last three, @file takes the file's content.",
    )
    .argument("[task]", "the task's name")
    .argument("[args...]", "its arguments")
    .option("--raw <file>", "send the message in this file as it stands (- for stdin)")
    .option("--types <list>", "the Go types of the arguments, with commas: for a task that the contract does not have")
    .option("-q, --queue <name>", "the queue (default: the contract's, else the default queue; with --raw its RoutingKey)")
    .option("--delay <duration>", "run it not before this time has passed, such as 30s", duration)
    .option("--priority <number>", "0 to 255, a higher one first", wholeNumber(0, 255))
    .option("-w, --wait", "wait for the task to end, and print its results")
    .option("--timeout <duration>", "wait no longer than this, such as 5s", duration)
    .option("--json", "print JSON")
    .option("--generated <folder>", "the generated code, compiled (default: dist/generated)");
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  $ machinery send add 9007199254740993 1 --wait
  $ machinery send sum_ints '[1, 2, 3]' --wait --timeout 5s --json
  $ machinery send resize @request.json --delay 10m
  $ machinery send greet Ada --types string --queue go_tasks
  $ machinery send --raw message.json --queue images`,
    )
    .action(async (task: string | undefined, words: string[], options: Options) => {
      const send =
        options.raw === undefined ? await prepareTask(command, task, words, options) : await prepareRaw(command, task, options);
      await withServer(options, async (server) => {
        if (options.wait) return sendAndWait(() => send(server), options);
        const { uuid, name } = await send(server);
        if (options.json) printJson({ uuid, task: name });
        else print(uuid);
      });
    });
}

/** Sends, once there is a connection: all that can be wrong has been found before. */
type Send = (server: Server) => Promise<AsyncResult<unknown>>;

async function prepareTask(command: Command, task: string | undefined, words: readonly string[], options: Options): Promise<Send> {
  if (task === undefined) command.error("error: name a task, or a message with --raw");
  const call =
    options.types === undefined ? await contractCall(task, words, options.generated) : await typedCall(task, words, options.types);
  const { queue, delay: delayMs, priority } = options;
  const signature = call.with({
    ...(queue !== undefined && { queue }),
    ...(delayMs !== undefined && { delayMs }),
    ...(priority !== undefined && { priority }),
  });
  return (server) => server.sendTask(signature as never);
}

async function contractCall(task: string, words: readonly string[], generated: string | undefined): Promise<Signature> {
  const definitions = await (await Project.read()).definitions(generated);
  const definition = definitions.get(task);
  if (definition === undefined) {
    const { didYouMean } = await import("../../util/suggest.js");
    throw new MachineryError("ERR_TASK_UNKNOWN", "the contract has no such task.", {
      at: task,
      hint: `${didYouMean(task, [...definitions.keys()])} A task of another contract can be sent with --types.`,
    });
  }
  const [{ builder }, { parseArguments }] = await Promise.all([import("../../gen/v1/builder.js"), import("../task-arguments.js")]);
  return builder(definition)(...(await parseArguments(definition, words)));
}

async function typedCall(task: string, words: readonly string[], list: string): Promise<Signature> {
  const [{ signature }, { parseArgument }, { go }] = await Promise.all([
    import("../../workflow/untyped.js"),
    import("../task-arguments.js"),
    import("../../gen/v1/go.js"),
  ]);
  const types = list.split(",").map((type) => type.trim().replace(/^\[\]byte$/, "[]uint8"));
  const unknown = types.find((type) => !Object.hasOwn(go, type));
  if (unknown !== undefined) {
    const { didYouMean } = await import("../../util/suggest.js");
    throw new MachineryError("ERR_ARG_TYPE", "this is no type of Machinery's.", {
      at: `--types ${unknown}`,
      hint: didYouMean(unknown, Object.keys(go)),
    });
  }
  if (types.length !== words.length) {
    throw new MachineryError("ERR_ARG_COUNT", `--types names ${types.length}, and there are ${words.length} arguments.`);
  }
  const values = await Promise.all(words.map((word, i) => parseArgument(types[i] as FlowType, word, `argument ${i + 1}`)));
  return signature({ name: task, args: values.map((value, i) => ({ type: types[i] as never, value })) });
}

async function prepareRaw(command: Command, task: string | undefined, { raw, queue, delay, priority }: Options): Promise<Send> {
  if (task !== undefined) command.error("error: a message that is sent with --raw has its task and arguments in itself");
  if (delay !== undefined || priority !== undefined)
    command.error("error: --raw sends a message as it stands: no --delay, no --priority");
  const body = await readMessage(command, raw!);
  return (server) => server.sendRaw(body, queue);
}

async function readMessage(command: Command, file: string): Promise<Buffer> {
  if (file === "-") return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (cause) {
    const { code = "unknown error" } = cause as NodeJS.ErrnoException;
    return command.error(`error: ${file} cannot be read (${code})`);
  }
}

async function sendAndWait(send: () => Promise<AsyncResult<unknown>>, { timeout, json }: Options): Promise<void> {
  let uuid = "";
  const state = await interruptible(
    async (signal) => {
      const result = await send();
      uuid = result.uuid;
      return waitForEnd(result, { signal, ...(timeout !== undefined && { timeoutMs: timeout }) });
    },
    () => `\nThe task goes on. To see what becomes of it: machinery result ${uuid} --watch`,
  );
  printOutcome(state, json);
}
