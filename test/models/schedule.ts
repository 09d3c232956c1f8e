import fc from "fast-check";
import type { Backend } from "../../src/backends/backend.js";
import type { Broker, Consumer } from "../../src/brokers/broker.js";
import { Ledger } from "./ledger.js";
import { type Flaw, message, type Surroundings, work } from "./protocol.js";

/** A broker and a result backend, and the time by which they live. */
export interface World {
  readonly broker: Broker;
  readonly backend: Backend;
  readonly queue: string;
  readonly leaseMs: number;
  elapse(ms: number): Promise<void>;
  /** As of `BrokerStage`. */
  die(consumer: Consumer): Promise<void>;
  close(): Promise<void>;
}

type Act =
  /** The worker does its next step. */
  | "step"
  /** It is killed, and another one takes its place. */
  | "crash"
  /** It is suspended: silent, until its next step, and that may be after its lease. */
  | "suspend"
  /** Time passes: the leases of the dead and the suspended end. */
  | "elapse";

export interface Schedule {
  readonly alone: number;
  readonly members: number;
  readonly acts: readonly (readonly [worker: number, act: Act])[];
}

const workers = 3;
/** More than any sound schedule needs to come to its end. */
const patience = 2_000;

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  alone: fc.integer({ min: 0, max: 2 }),
  members: fc.integer({ min: 0, max: 3 }),
  acts: fc.array(
    fc.tuple(
      fc.nat(workers - 1),
      fc.oneof(
        { weight: 20, arbitrary: fc.constant("step" as const) },
        { weight: 3, arbitrary: fc.constant("crash" as const) },
        { weight: 1, arbitrary: fc.constant("suspend" as const) },
        { weight: 1, arbitrary: fc.constant("elapse" as const) },
      ),
    ),
    { minLength: 5, maxLength: 60 },
  ),
});

interface Actor {
  readonly consumer: Consumer;
  readonly steps: AsyncGenerator<void, void, void>;
}

/** Lets it happen, then lets workers that live do what is left; what was wrong. */
export async function play({ alone, members, acts }: Schedule, world: World, flaw?: Flaw): Promise<string[]> {
  const { broker, backend, queue, leaseMs } = world;
  const single = Array.from({ length: alone }, (_, i) => `${queue}.alone.${i}`);
  const group = `${queue}.group`;
  const grouped = Array.from({ length: members }, (_, i) => `${group}.${i}`);
  const ledger = new Ledger(new Map(members === 0 ? [] : [[group, grouped]]));
  const around: Surroundings = { broker, backend, queue, leaseMs, ledger };
  if (members > 0) {
    const json = JSON.stringify({ GroupUUID: group, TaskUUIDs: grouped, ChordTriggered: false, Lock: false, CreatedAt: "" });
    await backend.openGroup({ id: group, members: grouped, json, ttlMs: 3_600_000 });
  }
  await broker.publish([
    ...single.map((id) => message(queue, { id })),
    ...grouped.map((id) => message(queue, { id, group, count: members })),
  ]);

  const hire = async (): Promise<Actor> => {
    const consumer = await broker.consume({ queues: [queue], capacity: 1, leaseMs });
    return { consumer, steps: work(consumer, around, flaw) };
  };
  const actors: Actor[] = [];
  for (let i = 0; i < workers; i++) actors.push(await hire());
  let crashes = 0;
  for (const [i, act] of acts) {
    if (act === "step") await actors[i]!.steps.next();
    else if (act === "elapse") await world.elapse(leaseMs + 1);
    else {
      crashes++;
      await world.die(actors[i]!.consumer);
      if (act === "crash") actors[i] = await hire();
    }
  }
  // Whoever is left is killed in the middle of what it does; one worker lives.
  for (const { consumer } of actors) await world.die(consumer);
  crashes += workers;
  const { consumer, steps } = await hire();
  let rests = 0;
  for (let step = 0; ; step++) {
    if (step === patience) return ["it comes to no end"];
    const { pending, claimed } = await broker.inspect(queue);
    if (pending > 0) rests = 0;
    // A step more than a message takes: the last one is through.
    else if (rests++ > 12) {
      if (claimed === 0 || (claimed === null && rests > 30)) break;
      await world.elapse(leaseMs + 1);
    }
    await steps.next();
  }
  const wrong = await ledger.judge([...single, ...grouped], crashes, backend, broker.capabilities.atomicSettle);
  await consumer.close();
  return wrong;
}
