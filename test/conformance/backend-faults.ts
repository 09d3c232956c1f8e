import type {
  Backend,
  GateAnswer,
  GroupMember,
  StateListener,
  StateWrite,
  Watch,
  WriteOutcome,
} from "../../src/backends/backend.js";
import { limitedBackendCapabilities } from "./limited-backend.js";
import { overriding } from "./overriding.js";

/** A way for an adapter to be wrong, and a test of the suite that must notice. */
export interface BackendFault {
  readonly name: string;
  readonly caughtBy: string;
  readonly plant: (backend: Backend) => Backend;
}

const writing = (write: (backend: Backend, writes: readonly StateWrite[]) => Promise<WriteOutcome[]>) => (backend: Backend) =>
  overriding(backend, { write: (writes) => write(backend, writes) });

const eachWrite = (change: (write: StateWrite) => StateWrite) => writing((backend, writes) => backend.write(writes.map(change)));

const eachRead = (change: (json: string | null, index: number) => string | null) => (backend: Backend) =>
  overriding(backend, { read: async (ids) => (await backend.read(ids)).map(change) });

const eachAnswer =
  (change: (answer: GateAnswer, member: GroupMember, backend: Backend) => GateAnswer) =>
  (backend: Backend): Backend =>
    overriding(backend, {
      memberDone: async (members) => (await backend.memberDone(members)).map((answer, i) => change(answer, members[i]!, backend)),
    });

const changingMembers = (change: (member: GroupMember) => GroupMember) => (backend: Backend) =>
  overriding(backend, { memberDone: (members) => backend.memberDone(members.map(change)) });

/** Lets a state through that should be refused, by forgetting what stands in its way. */
const letting = (through: (write: StateWrite, stored: string) => boolean) =>
  writing(async (backend, writes) => {
    const outcomes: WriteOutcome[] = [];
    for (const write of writes) {
      const [stored] = await backend.read([write.id]);
      if (stored && through(write, stored)) await backend.purge([write.id]);
      outcomes.push(...(await backend.write([write])));
    }
    return outcomes;
  });

const isState = (json: string, state: string): boolean => JSON.parse(json).State === state;

/** The gate wins once for a group and never again. */
const winningOnce = (mayWinAgain: (member: GroupMember) => boolean) => (backend: Backend) => {
  const won = new Set<string>();
  return eachAnswer((answer, member) => {
    if (answer !== "won") return answer;
    if (won.has(member.group) && !mayWinAgain(member)) return "sent";
    won.add(member.group);
    return "won";
  })(backend);
};

/** Answers by the number of calls, not of members. */
const counting = (backend: Backend): Backend => {
  const calls = new Map<string, number>();
  return eachAnswer((answer, { group, count }) => {
    const call = (calls.get(group) ?? 0) + 1;
    calls.set(group, call);
    if (answer !== "open") return answer;
    return call >= count ? "won" : "open";
  })(backend);
};

const followedBy = (first: string, caughtBy: string): BackendFault => ({
  name: `${first} gives way to PENDING`,
  caughtBy,
  plant: letting((write, stored) => write.state === "PENDING" && isState(stored, first)),
});

export const backendFaults: readonly BackendFault[] = [
  {
    name: "capabilities that can be changed",
    caughtBy: "declares the capabilities of its subject, frozen",
    plant: (backend) => overriding(backend, { capabilities: { ...backend.capabilities } }),
  },
  {
    name: "numbers pass through floating point",
    caughtBy: "a state is read back whole",
    plant: eachRead((json) => json && JSON.stringify(JSON.parse(json))),
  },
  {
    name: "what is unknown is left out",
    caughtBy: "read answers in the order asked, with null for what it does not know",
    plant: (backend) => overriding(backend, { read: async (ids) => (await backend.read(ids)).filter((json) => json !== null) }),
  },
  ...["PENDING", "RECEIVED", "STARTED", "RETRY"].map((state) => followedBy(state, `what may follow ${state}`)),
  {
    name: "SUCCESS is overwritten",
    caughtBy: "what may follow SUCCESS",
    plant: letting((_, stored) => isState(stored, "SUCCESS")),
  },
  {
    name: "a refusal tells what was to be written",
    caughtBy: "what may follow FAILURE",
    plant: writing(async (backend, writes) => {
      const outcomes = await backend.write(writes);
      return outcomes.map((outcome, i) => (outcome.ok ? outcome : { ok: false, stored: writes[i]!.json }));
    }),
  },
  {
    name: "RETRY is the end",
    caughtBy: "a task's whole way, a retry included",
    plant: writing(async (backend, writes) => {
      const stored = await backend.read(writes.map(({ id }) => id));
      const [first] = stored;
      return first && isState(first, "RETRY") ? writes.map(() => ({ ok: false, stored: first })) : backend.write(writes);
    }),
  },
  {
    name: "the last state of a batch is stored, whatever stands before it",
    caughtBy: "a batch is stored in order, one outcome for each",
    plant: writing((backend, writes) => {
      const last = new Map(writes.map((write) => [write.id, write]));
      return backend.write([...last.values()]);
    }),
  },
  {
    name: "each state brings its own CreatedAt",
    caughtBy: "later states keep the CreatedAt of the first, also within a batch",
    plant: letting((_, stored) => !isState(stored, "SUCCESS") && !isState(stored, "FAILURE")),
  },
  {
    name: "a state is looked for in the text",
    caughtBy: "text that looks like a state inside a state fools nobody",
    plant: writing(async (backend, writes) => {
      const [stored] = await backend.read(writes.map(({ id }) => id));
      const ended = stored && /"State":"(SUCCESS|FAILURE)|State.{1,6}(SUCCESS|FAILURE)/.test(stored);
      return ended ? writes.map(() => ({ ok: false, stored })) : backend.write(writes);
    }),
  },
  {
    name: "large states are cut off",
    caughtBy: "a large state is stored whole, or refused with an error and nothing stored",
    plant: eachWrite((write) =>
      write.json.length > 1e6 ? { ...write, json: write.json.replace(/é+/, (text) => text.slice(0, 1000)) } : write,
    ),
  },
  {
    name: "a batch ends at five hundred",
    caughtBy: "a batch of a thousand",
    plant: writing(async (backend, writes) => {
      await backend.write(writes.slice(0, 500));
      return writes.map(() => ({ ok: true }));
    }),
  },
  {
    name: "the state is checked first and written later",
    caughtBy: "of terminal states that race, one is stored for good",
    plant: writing(async (backend, writes) => {
      const stored = await backend.read(writes.map(({ id }) => id));
      const free = writes.filter((write, i) => stored[i] === null || write.state !== "PENDING");
      const forgotten = backend.purge(free.map(({ id }) => id));
      const outcomes = backend.write(writes);
      await forgotten;
      return outcomes;
    }),
  },
  {
    name: "what is read is gone",
    caughtBy: "a state can be read again",
    plant: (backend) =>
      overriding(backend, {
        async read(ids) {
          const states = await backend.read(ids);
          await backend.purge(ids);
          return states;
        },
      }),
  },
  {
    name: "states are kept for ever",
    caughtBy: "a state is gone when its time is over, and not before",
    plant: eachWrite((write) => ({ ...write, ttlMs: 1e12 })),
  },
  {
    name: "the time to live is that of the first state",
    caughtBy: "each state renews the time to live",
    plant: (backend) => {
      const first = new Map<string, number>();
      return eachWrite((write) => {
        if (!first.has(write.id)) first.set(write.id, write.ttlMs);
        return { ...write, ttlMs: first.get(write.id)! };
      })(backend);
    },
  },
  {
    name: "an ended state is remembered after its time",
    caughtBy: "an expired state binds nobody",
    plant: (backend) => {
      const ended = new Map<string, string>();
      return writing(async (backend, writes) => {
        const stored = ended.get(writes[0]!.id);
        if (stored) return writes.map(() => ({ ok: false, stored }));
        for (const { id, state, json } of writes) if (state === "SUCCESS") ended.set(id, json);
        return backend.write(writes);
      })(backend);
    },
  },
  {
    name: "groups are kept for ever",
    caughtBy: "a group's record is gone when its time is over",
    plant: (backend) => overriding(backend, { openGroup: (group) => backend.openGroup({ ...group, ttlMs: 1e12 }) }),
  },
  {
    name: "purge forgets states only",
    caughtBy: "purge forgets states and groups, whatever they are",
    plant: (backend) => overriding(backend, { purge: (ids) => backend.purge(ids.filter((id) => id.startsWith("task"))) }),
  },
  {
    name: "states stay when they should go",
    caughtBy: "states may go with the last connection",
    plant: (backend) => overriding(backend, { close: async () => {} }),
  },
  {
    name: "a closed backend knows nothing",
    caughtBy: "close is idempotent; a closed backend rejects with ERR_CLOSED",
    plant: (backend) => overriding(backend, { read: (ids) => backend.read(ids).catch(() => ids.map(() => null)) }),
  },
  {
    name: "a watch hears of every id",
    caughtBy: "a watch hears of states that others store, under its ids only",
    plant: (() => {
      const watches: Watch[] = [];
      return (backend: Backend) =>
        overriding(backend, {
          watch(listener) {
            const watch = backend.watch(listener);
            watches.push(watch);
            return watch;
          },
          write(writes) {
            for (const watch of watches) watch.add(writes.map(({ id }) => id));
            return backend.write(writes);
          },
        });
    })(),
  },
  {
    name: "a watch is deaf",
    caughtBy: "a watch hears of what its own connection stores",
    plant: (backend) => overriding(backend, { watch: () => backend.watch(() => {}) }),
  },
  {
    name: "refused states are told",
    caughtBy: "a watch does not hear of refused states",
    plant: (backend) => {
      let tell: StateListener = () => {};
      return overriding(backend, {
        watch(listener) {
          tell = listener;
          return backend.watch(listener);
        },
        async write(writes) {
          const outcomes = await backend.write(writes);
          for (const [i, outcome] of outcomes.entries()) if (!outcome.ok) tell(writes[i]!.id, writes[i]!.json);
          return outcomes;
        },
      });
    },
  },
  {
    name: "what is stored already is kept back",
    caughtBy: "what is stored already is told to a watch that says so, and read by others",
    plant: (backend) => {
      const written = new Set<string>();
      return overriding(backend, {
        watch(listener) {
          const watch = backend.watch((id, state) => written.has(id) && listener(id, state));
          const add: Watch["add"] = (ids, interest) => {
            for (const id of ids) written.delete(id);
            watch.add(ids, interest);
          };
          return overriding(watch, { add });
        },
        write(writes) {
          for (const { id } of writes) written.add(id);
          return backend.write(writes);
        },
      });
    },
  },
  {
    name: "nothing is forgotten",
    caughtBy: "a watch hears no more of ids it was told to forget",
    plant: (backend) => overriding(backend, { watch: (listener) => overriding(backend.watch(listener), { remove: () => {} }) }),
  },
  {
    name: "a closed watch hears on",
    caughtBy: "every watch of an id hears, until it is closed",
    plant: (backend) => overriding(backend, { watch: (listener) => overriding(backend.watch(listener), { close: () => {} }) }),
  },
  {
    name: "a group's record loses its members",
    caughtBy: "a group's record is read back, null for one that nobody knows",
    plant: (backend) =>
      overriding(backend, {
        openGroup: (group) => backend.openGroup({ ...group, json: JSON.stringify({ ...JSON.parse(group.json), TaskUUIDs: [] }) }),
      }),
  },
  { name: "calls are counted, not members", caughtBy: "the last member opens the gate, also within a batch", plant: counting },
  {
    name: "the gate opens one member early",
    caughtBy: "every sequence of five steps on three members, leases running out before the last",
    plant: changingMembers((member) => ({ ...member, count: Math.min(member.count, 2) })),
  },
  {
    name: "of a batch that asks again only the first is heard",
    caughtBy: "a winner that comes again with all others of its batch wins again, and none of them",
    plant(backend) {
      const asked = new Set<string>();
      return overriding(backend, {
        async memberDone(members) {
          const { group } = members[0]!;
          if (!asked.has(group)) {
            asked.add(group);
            return backend.memberDone(members);
          }
          const [answer] = await backend.memberDone(members.slice(0, 1));
          return members.map((_, i) => (i === 0 ? answer! : "sent"));
        },
      });
    },
  },
  {
    name: "a winner wins once",
    caughtBy: "a winner that comes again before the callback is out wins again",
    plant: winningOnce(() => false),
  },
  {
    name: "the first winner is the only one, for ever",
    caughtBy: "when a winner's lease runs out another member wins",
    plant: winningOnce(() => false),
  },
  {
    name: "everybody wins",
    caughtBy: "of members that end at the same time, each of them three times, one wins",
    plant: eachAnswer((answer) => (answer === "open" ? "open" : "won")),
  },
  {
    name: "everybody wins, one after another",
    caughtBy: "every sequence of five steps on two members, no lease running out",
    plant: changingMembers((member) => ({ ...member, leaseMs: 0 })),
  },
  ...[3, 4, 5].map((step) => ({
    name: `a winner's lease never runs out (step ${step})`,
    caughtBy: `every sequence of five steps on two members, leases running out before step ${step}`,
    plant: changingMembers((member) => ({ ...member, leaseMs: 1e12 })),
  })),
  {
    name: "a lease is everybody's",
    caughtBy: "of those who race for a lease one gets it",
    plant: (backend) =>
      overriding(backend, {
        async lease(key, owner, ttlMs) {
          await backend.lease(key, owner, ttlMs);
          return true;
        },
      }),
  },
  {
    name: "anybody gives up a lease",
    caughtBy: "a lease has one owner, who may renew it and give it up",
    plant: (backend) =>
      overriding(backend, { lease: async (key, owner, ttlMs) => ttlMs === 0 || (await backend.lease(key, owner, ttlMs)) }),
  },
  {
    name: "a lease never runs out",
    caughtBy: "a lease runs out unless it is renewed",
    plant: (backend) => overriding(backend, { lease: (key, owner, ttlMs) => backend.lease(key, owner, ttlMs && 1e12) }),
  },
];

/** The faults of a backend that says it cannot push, and yet does. */
export const limitedBackendFaults: readonly BackendFault[] = [
  {
    name: "what should be silent speaks",
    caughtBy: "a watch is silent, and readers poll",
    plant: (backend) => overriding(backend, { capabilities: limitedBackendCapabilities }),
  },
];
