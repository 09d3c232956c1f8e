import type { Backend, GroupMember, StateName, StateWrite } from "../../src/backends/backend.js";
import type { Broker, Consumer, Delivery } from "../../src/brokers/broker.js";
import { StateRecord } from "../../src/wire/state.js";
import type { Ledger } from "./ledger.js";

/** What a worker may get wrong, to see that it is noticed. */
export type Flaw =
  /** Acknowledges before it runs the task, as Go Machinery does on Redis. */
  | "acknowledges first"
  /** Acknowledges before it sends what follows. */
  | "acknowledges before the callback"
  /** Drops a message whose task has ended, without a look at what is to follow. */
  | "forgets what follows"
  /** Says that the callback is sent before it is. */
  | "says sent first";

/** A task in a message: by itself, or a member of the group, whose callback runs when all of them have ended. */
export interface ModelTask {
  readonly id: string;
  readonly group?: string;
  readonly count?: number;
}

/** What workers share. */
export interface Surroundings {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly queue: string;
  readonly leaseMs: number;
  readonly ledger: Ledger;
}

const ttlMs = 3_600_000;

export const message = (queue: string, task: ModelTask) => ({ id: task.id, queue, body: Buffer.from(JSON.stringify(task)) });

export const callbackOf = (group: string): string => `${group}.callback`;

/**
 * A worker as the protocol wants it, one step after the other: it stops after each, and may never go on. What a real worker does in
 * batches is done one by one here; the order is the same.
 */
export async function* work(consumer: Consumer, around: Surroundings, flaw?: Flaw): AsyncGenerator<void, void, void> {
  const { backend, ledger } = around;
  for (;;) {
    const delivery = await takeOne(consumer, around);
    yield;
    if (delivery === undefined) continue;
    ledger.takes();
    const ack = () => consumer.settle([{ delivery, as: "ack" }]);
    const task = JSON.parse(Buffer.from(delivery.body).toString()) as ModelTask;
    if (flaw === "acknowledges first") {
      await ack();
      yield;
    }
    const [received, started] = await backend.write([state(task, "RECEIVED"), state(task, "STARTED")]);
    yield;
    const hasEnded = !received!.ok || !started!.ok;
    if (hasEnded && flaw === "forgets what follows") {
      await ack();
      yield;
      continue;
    }
    if (!hasEnded) {
      const run = await ledger.runs(task, backend);
      yield;
      const [ended] = await backend.write([state(task, "SUCCESS", run)]);
      if (ended!.ok) ledger.ended(task, run);
      yield;
    }
    if (flaw === "acknowledges before the callback") {
      await ack();
      yield;
    }
    yield* follow(task, around, flaw);
    await ack();
    yield;
  }
}

async function* follow(task: ModelTask, around: Surroundings, flaw: Flaw | undefined): AsyncGenerator<void, void, void> {
  const { broker, backend, queue, leaseMs, ledger } = around;
  const { group, count } = task;
  if (group === undefined) return;
  const member: GroupMember = { group, member: task.id, count: count!, leaseMs, ttlMs };
  const [answer] = await backend.memberDone([member]);
  yield;
  if (answer !== "won") return;
  if (flaw === "says sent first") {
    await backend.chordSent([group]);
    yield;
  }
  await ledger.sends(group, backend);
  await broker.publish([message(queue, { id: callbackOf(group) })]);
  yield;
  await backend.chordSent([group]);
  yield;
}

/** The next message, if there is one now. */
async function takeOne(consumer: Consumer, { broker, queue }: Surroundings): Promise<Delivery | undefined> {
  const { pending } = await broker.inspect(queue);
  if (pending === 0) return undefined;
  const enough = new AbortController();
  const taking = consumer.take(1, enough.signal);
  const given = await Promise.race([taking, patience()]);
  enough.abort();
  return (given ?? (await taking))[0];
}

/** What is there comes at once; what another has taken meanwhile does not. */
const patience = () => new Promise<undefined>((resolve) => setTimeout(resolve, 1_000, undefined).unref());

function state({ id }: ModelTask, name: StateName, run?: number): StateWrite {
  const results = run === undefined ? null : `[{"Type":"int64","Value":${run}}]`;
  return new StateRecord(id, "model", name, results, "", "2026-11-24T00:00:00Z", ttlMs, undefined);
}
