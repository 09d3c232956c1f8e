import { setTimeout } from "node:timers/promises";
import test from "ava";
import { events, ManualClock, signature } from "machinery-ts";
import * as handlers from "../../tasks/index.js";
import { deferred, type Event, heard, keepingLogger, stage } from "./stage.js";
import { dispatch } from "./tutorial.js";

/** Blocks the event loop. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** The next time that the watchdog speaks; its timer alone keeps no process alive. */
async function blocked(): Promise<Event> {
  const awake = setInterval(() => {}, 1000);
  const event = await heard(events.loopBlocked, ({ worker }) => worker === "w1");
  clearInterval(awake);
  return event;
}

test.serial("a task that blocks the event loop is named", async (t) => {
  const { logger, lines } = keepingLogger();
  const { send, work } = await stage(t, { logger });
  const split = (text: string) => {
    block(300);
    return [text];
  };
  await work({ handlers: dispatch({ ...handlers, split }), blockedAfterMs: 100 });
  const told = blocked();
  t.deepEqual(await (await send.split("a")).get(), ["a"]);
  const { ms, tasks, running } = await told;
  t.true(ms > 100);
  t.deepEqual([tasks, running], [["split"], []]);
  const line = lines.find(({ level }) => level === "warn")!;
  t.like(line.fields, { worker: "w1", blockedMs: ms, tasks: ["split"] });
  t.regex(line.message, /the event loop was blocked.*run: thread/);
});

test.serial("one that blocks it long after it was called is named as well, and one that only waits apart from it", async (t) => {
  const { send, work } = await stage(t);
  const [goOn, end] = [deferred(), deferred()];
  const split = async (text: string) => {
    await goOn.promise;
    block(300);
    return [text];
  };
  const concat = async () => {
    await end.promise;
    return "";
  };
  const started = heard(events.taskStarted, ({ name }) => name === "split");
  await work({ handlers: dispatch({ ...handlers, split, concat }), blockedAfterMs: 100 });
  const waits = await send.concat([]);
  const sent = await send.split("a");
  await started;
  // A few looks later that it was called is no news.
  await setTimeout(100);
  const told = blocked();
  goOn.resolve();
  await sent.get();
  const { tasks, running } = await told;
  t.deepEqual([tasks, running], [["split"], ["concat"]]);
  end.resolve();
  await waits.get();
});

test.serial("one that was left behind at its time-out is named", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock });
  const goOn = deferred();
  const done = deferred();
  const table = new Map(dispatch(handlers));
  const { definition } = table.get("none")!;
  const handler = async () => {
    await goOn.promise;
    block(300);
    done.resolve();
  };
  table.set("none", { definition: { ...definition, policy: { timeoutMs: 10 } }, handler });
  await work({ handlers: table, blockedAfterMs: 100 });
  const sent = await server.sendTask(signature({ name: "none" }));
  await clock.advance(0);
  const failed = t.throwsAsync(sent.get(), { message: /ERR_TASK_TIMEOUT/ });
  await clock.advance(10);
  await failed;
  await setTimeout(100);
  const told = blocked();
  goOn.resolve();
  await done.promise;
  t.deepEqual((await told).tasks, ["none"]);
});

/** What the watchdog says while `fn` runs, and for some looks after it. */
async function saidDuring(fn: () => Promise<void>): Promise<Event[]> {
  const said: Event[] = [];
  const listener = (event: unknown): void => void said.push(event as Event);
  events.loopBlocked.subscribe(listener);
  await fn();
  await setTimeout(200);
  events.loopBlocked.unsubscribe(listener);
  return said;
}

test.serial("nothing is said where nobody wants to know", async (t) => {
  const { send, work } = await stage(t);
  const split = (text: string) => {
    block(300);
    return [text];
  };
  await work({ handlers: dispatch({ ...handlers, split }), blockedAfterMs: 0 });
  const said = await saidDuring(async () => void (await (await send.split("a")).get()));
  t.deepEqual(said, []);
});

test("a limit that makes no sense is refused", async (t) => {
  const { server } = await stage(t);
  for (const blockedAfterMs of [-1, 0.5, Number.NaN]) {
    t.throws(() => server.newWorker("w", { blockedAfterMs }), { code: "ERR_CONFIG", message: /blockedAfterMs/ } as never);
  }
});
