import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import test, { type ExecutionContext } from "ava";
import { freePort } from "./free-port.js";
import { FaultProxy } from "./proxy.js";

/** A server that answers each line with itself, in capitals, and keeps what it has heard. */
async function startEcho(t: ExecutionContext) {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const lines = createInterface(socket);
    lines.on("error", () => {});
    lines.on("line", (line) => {
      heard.push(line);
      socket.write(line.toUpperCase());
    });
  });
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const proxy = await FaultProxy.start(t, `redis://:secret@127.0.0.1:${port}/3`);
  return { heard, proxy };
}

async function client(t: ExecutionContext, { port }: FaultProxy): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8");
  t.teardown(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** How a connection ends: `end`, or the error's code. */
const fate = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.once("end", () => resolve("end"));
    socket.resume();
  });

async function says(socket: Socket, text: string): Promise<string> {
  socket.write(`${text}\n`);
  const [answer] = await once(socket, "data");
  return answer;
}

test("its URL is the server's with another port", async (t) => {
  const { proxy } = await startEcho(t);
  t.is(proxy.url, `redis://:secret@127.0.0.1:${proxy.port}/3`);
});

test("what is said goes through, both ways, and so does the end", async (t) => {
  const { proxy } = await startEcho(t);
  const socket = await client(t, proxy);
  t.is(await says(socket, "hello"), "HELLO");
  const ended = fate(socket);
  socket.end();
  t.is(await ended, "end");
  t.is(proxy.accepted, 1);
});

for (const [how, expected] of [
  ["RST", "ECONNRESET"],
  ["FIN", "end"],
] as const) {
  test(`cut(${how}) ends what stands, and a new connection passes`, async (t) => {
    const { proxy } = await startEcho(t);
    const socket = await client(t, proxy);
    await says(socket, "hello");
    const end = fate(socket);
    proxy.cut(how);
    t.is(await end, expected);
    t.is(await says(await client(t, proxy), "again"), "AGAIN");
  });
}

test("drop breaks off new connections and leaves those that stand", async (t) => {
  const { proxy } = await startEcho(t);
  const old = await client(t, proxy);
  await says(old, "hello");
  proxy.drop();
  t.is(await fate(connect(proxy.port, "127.0.0.1")), "ECONNRESET");
  t.is(await says(old, "again"), "AGAIN");
  await proxy.pass();
  t.is(await says(await client(t, proxy), "new"), "NEW");
});

test("refuse refuses new connections and leaves those that stand", async (t) => {
  const { proxy } = await startEcho(t);
  const old = await client(t, proxy);
  await says(old, "hello");
  proxy.refuse();
  t.is(await fate(connect(proxy.port, "127.0.0.1")), "ECONNREFUSED");
  t.is(await says(old, "again"), "AGAIN");
  await proxy.pass();
  t.is(await says(await client(t, proxy), "new"), "NEW");
});

test("a black hole accepts and swallows; afterwards what it swallowed from is cut", async (t) => {
  const { heard, proxy } = await startEcho(t);
  proxy.blackHole();
  const socket = await client(t, proxy);
  const end = fate(socket);
  const said = proxy.hears("hello");
  socket.write("hello\n");
  await said;
  await proxy.pass();
  t.is(await end, "ECONNRESET");
  t.is(await says(await client(t, proxy), "again"), "AGAIN");
  t.deepEqual(heard, ["again"]);
});

test("delay holds back what is said, and keeps its order", async (t) => {
  const { heard, proxy } = await startEcho(t);
  const [slow, fast] = [await client(t, proxy), await client(t, proxy)];
  proxy.delay(200);
  const said = proxy.hears("one");
  slow.write("one\n");
  await said;
  proxy.delay(0);
  slow.write("two\n");
  t.is(await says(fast, "fast"), "FAST");
  t.deepEqual(heard, ["fast"]);
  let answers = "";
  for await (const answer of slow) {
    answers += answer;
    if (answers.length >= 6) break;
  }
  t.is(answers, "ONETWO");
});

test("a swallowed reply: the server has done it, and the client sees the connection break", async (t) => {
  const { heard, proxy } = await startEcho(t);
  const socket = await client(t, proxy);
  t.is(await says(socket, "before"), "BEFORE");
  const done = proxy.swallowReplyTo("hello");
  t.is(await says(socket, "other"), "OTHER");
  const end = fate(socket);
  socket.on("data", (answer) => t.fail(`${answer}`));
  socket.write("hel");
  socket.write("lo\n");
  t.is(await end, "ECONNRESET");
  await done;
  t.deepEqual(heard, ["before", "other", "hello"]);
  t.is(await says(await client(t, proxy), "again"), "AGAIN");
});

test("a swallowed request: the server hears nothing of it, and the client sees the connection break", async (t) => {
  const { heard, proxy } = await startEcho(t);
  const socket = await client(t, proxy);
  t.is(await says(socket, "before"), "BEFORE");
  const done = proxy.swallowRequest("hello");
  t.is(await says(socket, "other"), "OTHER");
  const end = fate(socket);
  socket.write("hello\n");
  t.is(await end, "ECONNRESET");
  await done;
  t.is(await says(await client(t, proxy), "again"), "AGAIN");
  t.deepEqual(heard, ["before", "other", "again"]);
});

test("where the server is gone, connections break off", async (t) => {
  const proxy = await FaultProxy.start(t, `amqp://127.0.0.1:${await freePort()}`);
  t.is(await fate(connect(proxy.port, "127.0.0.1")), "ECONNRESET");
});

test("what is split or slowed down comes whole all the same", async (t) => {
  const { heard, proxy } = await startEcho(t);
  const socket = await client(t, proxy);
  proxy.split();
  proxy.slow(1_000);
  const pieces: string[] = [];
  socket.on("data", (text: string) => pieces.push(text));
  const line = "x".repeat(100);
  socket.write(`${line}\n`);
  while (pieces.join("").length < line.length) await once(socket, "data");
  t.is(pieces.join(""), line.toUpperCase());
  t.true(pieces.length > 1);
  t.deepEqual(heard, [line]);
});

test("after so many bytes a connection is dropped, and the next one is not", async (t) => {
  const { heard, proxy } = await startEcho(t);
  const socket = await client(t, proxy);
  proxy.dropAfter(3, "replies");
  const got: string[] = [];
  socket.on("data", (text: string) => got.push(text));
  socket.write("hello\n");
  await once(socket, "close");
  t.is(got.join(""), "HEL");
  proxy.dropAfter(2, "requests");
  const other = await client(t, proxy);
  other.resume().write("hello\n");
  await once(other, "close");
  t.is(await says(await client(t, proxy), "again"), "AGAIN");
  // What came without an end of the line is a line too when its connection ends.
  t.deepEqual(heard, ["hello", "he", "again"]);
});

test("one bit is flipped, in the byte that was meant", async (t) => {
  const { heard, proxy } = await startEcho(t);
  const socket = await client(t, proxy);
  proxy.corrupt(7, "requests");
  await says(socket, "hello");
  t.is(await says(socket, "hello"), "HULLO");
  proxy.corrupt(0, "replies");
  t.is(await says(socket, "hello"), "XELLO");
  t.is(await says(socket, "hello"), "HELLO");
  t.deepEqual(heard, ["hello", "hullo", "hello", "hello"]);
});
