import type { EventEmitter } from "node:events";
import test, { type ExecutionContext } from "ava";
import { MongoClient } from "mongodb";
import { Pulse } from "../../src/backends/mongodb/pulse.js";
import { ManualClock } from "../../src/util/clock.js";

const address = "localhost:27017";

/** A client that is not connected: the test says what it would tell. */
async function open(t: ExecutionContext, options = "") {
  const client = new MongoClient(`mongodb://${address}/?connectTimeoutMS=2000&socketTimeoutMS=4000${options}`);
  t.teardown(() => client.close());
  const clock = new ManualClock(0);
  const emitter = client as unknown as EventEmitter;
  const tell = (event: string, told: object): boolean => emitter.emit(event, told);
  return { clock, pulse: new Pulse(client, clock), tell };
}

test("a command may take as long as the driver waits for it, and a little longer", async (t) => {
  const { clock, pulse, tell } = await open(t);
  for (const connectionId of [1, 2]) tell("connectionCheckedOut", { address, connectionId });
  await clock.advance(6_000);
  tell("connectionCheckedIn", { address, connectionId: 1 });
  t.false(pulse.isStuck);
  await clock.advance(1);
  t.true(pulse.isStuck);
  tell("connectionCheckedIn", { address, connectionId: 2 });
  t.false(pulse.isStuck);
});

test("a server that is asked how it is answers, or is found not to", async (t) => {
  const { clock, pulse, tell } = await open(t);
  for (const end of ["serverHeartbeatSucceeded", "serverHeartbeatFailed", "serverClosed"]) {
    tell("serverHeartbeatStarted", { connectionId: address, awaited: false });
    await clock.advance(3_001);
    t.true(pulse.isStuck);
    tell(end, { connectionId: address, address });
    t.false(pulse.isStuck);
  }
});

test("a server that tells of itself may be silent, and a load balancer's cursors may be kept open", async (t) => {
  const { clock, pulse, tell } = await open(t, "&loadBalanced=true");
  tell("serverHeartbeatStarted", { connectionId: address, awaited: true });
  tell("connectionCheckedOut", { address, connectionId: 1 });
  await clock.advance(60_000);
  t.false(pulse.isStuck);
});
