import { once } from "node:events";
import { connect } from "node:net";
import { relative } from "node:path";
import test, { type TestFn } from "ava";
import { isContinuousIntegration } from "./ci.js";
import { type Answer, type PairRun, provide, type Question, serve } from "./desk.js";
import type { Kind } from "./kinds.js";
import type { Service } from "./sources.js";

/**
 * A server that all test files share, so that each test must keep to names of its own. It is started if nobody has asked before.
 * Declare the tests with the `test` that comes with it: where there is no such server it skips them and says why, and in continuous
 * integration this call rejects.
 *
 *     const { test, url } = await service("redis");
 */
export async function service(kind: Kind): Promise<Service & { readonly test: TestFn }> {
  const answer = await ask(kind, "service");
  if ("service" in answer) return { ...answer.service, test };
  return { kind, url: "", from: "", test: skipping(answer) };
}

/**
 * AVA's `test`, for tests that start servers of their own, with `startRedis(t)` and the like: to restart them, to kill them, or to
 * change their settings. Skips and rejects as `service` does.
 *
 *     const test = await ownServers("redis");
 */
export async function ownServers(...kinds: Kind[]): Promise<TestFn> {
  const answers = await Promise.all(kinds.map((kind) => ask(kind, "program")));
  const lacking = answers.find((answer) => !("program" in answer));
  return lacking === undefined ? test : skipping(lacking);
}

/** Tells the runner of `npm test`, for its closing table, what passed over two servers together. */
export async function reportPair(run: PairRun): Promise<void> {
  const address = process.env.MACHINERY_TEST_SERVICES;
  if (address === undefined) return;
  const socket = connect(address, () => socket.end(`${JSON.stringify(run)}\n`));
  socket.resume();
  await once(socket, "close");
}

/** The runner of `npm test` answers; without it, this process does for itself. */
async function ask(kind: Kind, want: Question["want"]): Promise<Answer> {
  const address = process.env.MACHINERY_TEST_SERVICES;
  if (address === undefined) return want === "service" ? await serve(kind, false) : await provide(kind, false);
  const question: Question = { kind, want, file: relative(process.cwd(), new URL(test.meta.file).pathname) };
  const socket = connect(address, () => socket.write(`${JSON.stringify(question)}\n`));
  let answer = "";
  socket.setEncoding("utf8").on("data", (text) => {
    answer += text;
  });
  await once(socket, "end");
  return JSON.parse(answer);
}

/** AVA's `test` where something is lacking: it skips and says why. In continuous integration this throws. */
export function skipping(answer: Answer): TestFn {
  if ("failed" in answer) throw new Error(answer.failed);
  const reason = "missing" in answer ? answer.missing : "";
  if (isContinuousIntegration()) throw new Error(`${reason}. In continuous integration that is a failure.`);
  const skip = (title: string) => test.skip(`${title} — ${reason}`, () => {});
  const ignore = Object.assign(() => {}, { always: () => {} });
  const hooks = { before: ignore, after: ignore, beforeEach: ignore, afterEach: ignore };
  return Object.assign(skip, {
    serial: Object.assign(skip, hooks),
    macro: test.macro,
    meta: test.meta,
    ...hooks,
  }) as unknown as TestFn;
}
