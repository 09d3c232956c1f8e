import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { type Address, Connection, sequenceAfter } from "../../src/backends/memcache/connection.js";
import { openMemcacheBackend } from "../../src/backends/memcache.js";
import { MachineryError } from "../../src/errors.js";
import { ManualClock } from "../../src/util/clock.js";

const get = { opcode: 0, key: "a" };
/** A response without a body, but for the number of the request. */
const notFound = Buffer.from("810000000000000100000000000000000000000000000000", "hex");

/** A server that does with each connection what the test says. */
async function listen(t: ExecutionContext, onConnection: (socket: Socket, number: number) => void): Promise<Address> {
  let connections = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    onConnection(socket, connections++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { name: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

/** Answers requests with "there is none", as many as it is told to. */
function answer(socket: Socket, most = Number.POSITIVE_INFINITY): void {
  let answered = 0;
  socket.on("data", (data) => {
    for (let at = 0; at < data.length && answered < most; at += 24 + data.readUInt32BE(at + 8)) {
      const response = Buffer.from(notFound);
      data.copy(response, 1, at + 1, at + 2);
      data.copy(response, 12, at + 12, at + 16);
      socket.write(response);
      answered++;
    }
  });
}

const optionsWith = (clock = new ManualClock()) => ({ username: "", password: "", timeoutMs: 2_000, clock });

test("what is asked fails when the server closes the connection, and so does what is asked then", async (t) => {
  const address = await listen(t, (socket) => socket.once("data", () => socket.end()));
  const connection = new Connection(address, optionsWith());
  t.teardown(() => connection.break(new Error("over")));
  const asked = [connection.request(get), connection.request(get)];
  for (const { status, reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[]) {
    t.is(status, "rejected");
    t.like(reason, { code: "ERR_BACKEND", at: `memcache://127.0.0.1:${address.port}` });
    t.regex(reason.message, /the result backend failed: the server closed the connection\. Is memcached running there\?$/);
  }
  t.true(connection.broken);
});

test("a backend goes on with a new connection after one that broke", async (t) => {
  const address = await listen(t, (socket, number) => {
    if (number > 0) answer(socket);
    else {
      // It tells its settings, and then goes away.
      answer(socket, 1);
      socket.once("data", () => socket.once("data", () => socket.end()));
    }
  });
  const backend = await openMemcacheBackend({ servers: [address], clock: new ManualClock() });
  t.teardown(() => backend.close());
  await t.throwsAsync(backend.read(["a"]), { code: "ERR_BACKEND" });
  t.deepEqual(await backend.read(["a", "b"]), [null, null]);
});

test("a server that is silent is given up when its time is over, and not while nothing is asked", async (t) => {
  const clock = new ManualClock();
  const address = await listen(t, (socket) => answer(socket, 2));
  const connection = new Connection(address, optionsWith(clock));
  await connection.request(get);
  await clock.advance(60_000);
  await connection.request(get);
  const asked = connection.request(get);
  await clock.advance(1_999);
  t.false(connection.broken);
  await clock.advance(1);
  await t.throwsAsync(asked, { code: "ERR_BACKEND", message: /no answer within 2000 ms/ });
});

test("a server that takes no connection is named, and its port", async (t) => {
  const address = await listen(t, () => {});
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  await t.throwsAsync(openMemcacheBackend({ servers: [{ name: "127.0.0.1", port }, address] }), {
    code: "ERR_BACKEND",
    message: new RegExp(`^\\[ERR_BACKEND\\] memcache://127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`),
  });
});

test("a server that wants another login says so", async (t) => {
  const address = await listen(t, (socket) =>
    socket.on("data", () => {
      const refusal = Buffer.from(notFound);
      refusal[7] = 0x20;
      socket.write(refusal);
    }),
  );
  await t.throwsAsync(openMemcacheBackend({ servers: [address], username: "user", password: "s3cret" }), {
    code: "ERR_BACKEND",
    message: /authentication failed\. Check the user name and the password in its URL\.$/,
  });
});

test("a request that times out is not sent a second time", async (t) => {
  const clock = new ManualClock();
  const requests: Buffer[] = [];
  const address = await listen(t, (socket) => socket.on("data", (data) => requests.push(data)));
  const connection = new Connection(address, optionsWith(clock));
  const asked = connection.request({ opcode: 2, key: "a" });
  while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(2_000);
  await t.throwsAsync(asked, { code: "ERR_BACKEND" });
  await clock.advance(60_000);
  t.is(requests.length, 1);
});

test("the numbers of requests begin again before memjs would make them negative", (t) => {
  t.is(sequenceAfter(1), 2);
  t.is(sequenceAfter(2 ** 30 - 1), 2 ** 30);
  t.is(sequenceAfter(2 ** 30), 1);
});

test("a program's environment gives no login away, and nothing is printed", async (t) => {
  const received: Buffer[] = [];
  const address = await listen(t, (socket) => {
    socket.on("data", (data) => received.push(data));
    answer(socket);
  });
  const module = JSON.stringify(new URL("../../src/backends/memcache.js", import.meta.url).href);
  const code = `
    const { openMemcacheBackend } = await import(${module});
    const backend = await openMemcacheBackend({ servers: [{ name: "127.0.0.1", port: ${address.port} }] });
    await backend.read(["a"]);
    await backend.close();
    await openMemcacheBackend({ servers: [{ name: "127.0.0.1", port: 1 }] }).catch(() => {});`;
  const login = { MEMCACHIER_USERNAME: "user", MEMCACHIER_PASSWORD: "s3cret", MEMCACHIER_SERVERS: "h", MEMCACHE_USERNAME: "user" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], {
    env: { PATH: process.env.PATH, ...login },
  });
  t.is(stdout + stderr, "");
  t.true(received.length > 0);
  t.false(Buffer.concat(received).includes("s3cret"));
});

test("a closed connection fails with the error that it was closed with", async (t) => {
  const address = await listen(t, () => {});
  const connection = new Connection(address, optionsWith());
  const asked = connection.request(get);
  connection.break(new MachineryError("ERR_CLOSED", "closed before"));
  await t.throwsAsync(asked, { code: "ERR_CLOSED" });
});
