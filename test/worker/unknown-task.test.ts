import test from "ava";
import { events, ManualClock, signature } from "machinery-ts";
import { decodeMessage } from "../../src/wire/message.js";
import { holdUnknownTask } from "../../src/worker/unknown-task.js";
import { heard, stage } from "./stage.js";

const none = { handlers: new Map() };

for (const name of ["nobody", "constructor", "__proto__", "toString", "../../etc/passwd"]) {
  test(`"${name}" is offered again later and later, up to 30 s`, async (t) => {
    const clock = new ManualClock();
    const { server, work, broker, queue } = await stage(t, { clock });
    const sent = await server.sendTask(signature({ name }));
    const offers = () => heard(events.taskUnknown, ({ uuid }) => uuid === sent.uuid);
    let offer = offers();
    await work(none);
    for (const seconds of [1, 2, 4, 8, 16, 30, 30, 30]) {
      const { until } = await offer;
      const pauseMs = until - clock.now();
      // Up to a fifth less, by chance.
      t.true(pauseMs <= seconds * 1000 && pauseMs >= seconds * 800, `${pauseMs}`);
      offer = offers();
      await clock.advance(pauseMs - 1);
      t.is((await broker.inspect(queue)).delayed, 1);
      await clock.advance(1);
    }
    t.is((await sent.getState()).state, "PENDING");
  });
}

test("a worker that knows the task runs it meanwhile", async (t) => {
  const clock = new ManualClock();
  const { send, work } = await stage(t, { clock });
  const sent = await send.add(1n, 1n);
  const offered = heard(events.taskUnknown, ({ uuid }) => uuid === sent.uuid);
  await work(none);
  await offered;
  await work();
  const result = sent.get();
  // Both workers take from the queue: sooner or later it is with the one that knows it.
  let done = false;
  void result.finally(() => {
    done = true;
  });
  for (let i = 0; i < 1000 && !done; i++) await clock.advance(30_000);
  t.is(await result, 2n);
});

test("after 24 hours it is a dead letter, and has failed", async (t) => {
  const clock = new ManualClock();
  const { server, work, broker, queue } = await stage(t, { clock, resultsExpireIn: 7 * 24 * 3600 });
  const sent = await server.sendTask(signature({ name: "nobody", onError: signature({ name: "nobody-either" }) }));
  await work(none);
  const day = 24 * 3600 * 1000;
  for (let passed = 0; passed < day; passed += 30_000) await clock.advance(30_000);
  t.is((await broker.inspect(queue)).dead, 0);
  await clock.advance(30_000);
  const [letter] = await broker.peek(queue, "dead", 1);
  t.regex(letter!.dead!.reason, /ERR_TASK_UNKNOWN.*no worker knew this task for 864\d\d s/);
  const wait = sent.get();
  await clock.advance(0);
  await t.throwsAsync(wait, { message: /ERR_TASK_UNKNOWN/ });
});

test("a policy of the user's own", async (t) => {
  const clock = new ManualClock();
  const { server, work } = await stage(t, { clock });
  const sent = await server.sendTask(signature({ name: "nobody" }));
  const offered = heard(events.taskUnknown, ({ uuid }) => uuid === sent.uuid);
  await work({ ...none, unknownTasks: { firstDelayMs: 50, maxDelayMs: 60, giveUpAfterMs: 100 } });
  const pauseMs = (await offered).until - clock.now();
  t.true(pauseMs <= 50 && pauseMs >= 40, `${pauseMs}`);
  const wait = sent.get();
  await clock.advance(50);
  await clock.advance(60);
  await clock.advance(60);
  await t.throwsAsync(wait, { message: /ERR_TASK_UNKNOWN/ });
});

const text =
  '{"UUID":"task_1","Name":"nobody","RoutingKey":"vec","ETA":null,"GroupUUID":"","GroupTaskCount":0,' +
  '"Args":[{"Name":"","Type":"int64","Value":9007199254740993,"Unit":"m"}],"Headers":HEADERS,"Immutable":false,"RetryCount":0,' +
  '"RetryTimeout":0,"OnSuccess":null,"OnError":null,"ChordCallback":null,"SQSReceiptHandle":"h","Colour":{"x":1.0}}';
const withHeaders = (headers: string) => decodeMessage(Buffer.from(text.replace("HEADERS", headers)));

test("offering it again changes nothing of the message but two headers, and those of the broker", (t) => {
  const before = '{"trace":"abc","n":1.0,"x-death":[{"count":1}],"x-first-death-queue":"vec","x-delivery-count":3';
  const verdict = holdUnknownTask(withHeaders(`${before}}`), 5000);
  if (verdict.giveUp) return t.fail();
  const after = '{"trace":"abc","n":1.0,"x-machinery-unknown-count":"1","x-machinery-unknown-since":"5000"}';
  t.is(Buffer.from(verdict.body).toString(), text.replace("HEADERS", after));
  const second = holdUnknownTask(decodeMessage(verdict.body), 9000);
  if (second.giveUp) return t.fail();
  t.is(second.until, 11_000);
  t.regex(Buffer.from(second.body).toString(), /"x-machinery-unknown-count":"2","x-machinery-unknown-since":"5000"/);
});

test("pauses differ by more than the broker rounds", (t) => {
  const pauses = (stepMs: number) =>
    [0, 0.25, 0.5, 0.75, 0.999].map((chance) => {
      const verdict = holdUnknownTask(withHeaders("null"), 0, { firstDelayMs: 500 }, text.length * 2, { chance, stepMs });
      return verdict.giveUp ? undefined : verdict.until;
    });
  t.deepEqual(pauses(1), [500, 475, 450, 425, 400]);
  t.deepEqual(pauses(100), [1000, 950, 900, 850, 800]);
});

test("headers that somebody else has written make no hot loop, and no message that lives for ever", (t) => {
  for (const count of ["-1000", "1e999", '"x"', "null", "1.5", "9007199254740993"]) {
    const verdict = holdUnknownTask(withHeaders(`{"x-machinery-unknown-count":${count}}`), 5000);
    t.is(!verdict.giveUp && verdict.until, 6000, count);
  }
  const future = holdUnknownTask(withHeaders('{"x-machinery-unknown-since":"900719925474099"}'), 5000);
  t.regex(Buffer.from(!future.giveUp ? future.body : "").toString(), /"x-machinery-unknown-since":"5000"/);
});

test("a message that the headers make too large is given up, not lost", (t) => {
  const signature = withHeaders("null");
  t.false(holdUnknownTask(signature, 0, {}, text.length + 100).giveUp);
  t.true(holdUnknownTask(signature, 0, {}, text.length).giveUp);
});
