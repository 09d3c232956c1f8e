import { basename } from "node:path";
import plainTest from "ava";
import { type Change, ChangeFeed, type Changes } from "../../src/backends/mongodb/change-feed.js";
import { Database } from "../../src/backends/mongodb/database.js";
import { openMongodbBackend } from "../../src/backends/mongodb.js";
import { ManualClock, systemClock } from "../../src/util/clock.js";
import { findMongodb, startMongodb } from "../services/mongodb.js";
import { ownServers, service } from "../services/service.js";
import { capabilitiesOn } from "./mongodb-server.js";

const shared = await service("mongodb");
const ownTest = await ownServers("mongodb");
const isFerretdb = basename((await findMongodb()) ?? "") === "ferretdb";

shared.test("a server that tells of no changes is polled", async (t) => {
  const backend = await openMongodbBackend({ url: shared.url, database: "machinery" });
  t.deepEqual(backend.capabilities, await capabilitiesOn(shared.url));
  await backend.close();
});

// FerretDB calls itself one if it is told to, and has no change streams.
if (isFerretdb) {
  ownTest("a server that only says that it is one of a replica set is polled", async (t) => {
    const { url } = await startMongodb(t, ["--repl-set-name=rs0"]);
    const options = { username: "", password: "", database: "machinery", client: {}, clock: systemClock };
    const database = await Database.open({ url: `${url}?directConnection=true`, ...options });
    t.false(database.tellsOfChanges);
    await database.close();
  });
}

/** Change streams by hand: each is asked, and told what comes. */
class Script {
  readonly clock = new ManualClock();
  readonly opened: boolean[] = [];
  readonly states = new Map<string, string>();
  reads = 0;
  #waiting: { resolve: (change: Change) => void; reject: (error: Error) => void } | undefined;
  readonly feed = new ChangeFeed(
    {
      open: (all) => {
        this.opened.push(all);
        return this.#changes();
      },
      read: async (ids) => {
        this.reads++;
        return ids.map((id) => this.states.get(id) ?? null);
      },
    },
    this.clock,
  );

  change(id: string, state: string): void {
    this.states.set(id, `{"TaskUUID":"${id}","TaskName":"add","State":"${state}"}`);
    this.#waiting?.resolve({ documentKey: { _id: id } });
  }

  break(): void {
    this.#waiting?.reject(new Error("the stream's history is lost"));
  }

  #changes(): Changes {
    return {
      tryNext: async () => null,
      next: () =>
        new Promise((resolve, reject) => {
          this.#waiting = { resolve, reject };
        }),
      close: async () => this.break(),
    };
  }
}

const turns = async () => {
  for (let i = 0; i < 30; i++) await null;
};

plainTest("what changes is read and told, where somebody watches it", async (t) => {
  const script = new Script();
  const heard: string[] = [];
  const watch = script.feed.watch((id, state) => heard.push(`${id} ${JSON.parse(state as string).State}`));
  watch.add(["task_1"], "ended");
  await turns();
  const { reads } = script;
  script.change("task_2", "SUCCESS");
  await turns();
  t.is(script.reads, reads, "nobody watches that one");
  script.change("task_1", "STARTED");
  await turns();
  script.change("task_1", "SUCCESS");
  await turns();
  watch.remove(["task_1"]);
  script.change("task_1", "FAILURE");
  await turns();
  t.deepEqual(heard, ["task_1 SUCCESS"]);
  t.deepEqual(script.opened, [false]);
  await script.feed.close();
});

plainTest("who watches every state has a stream of every state", async (t) => {
  const script = new Script();
  const heard: string[] = [];
  const watch = script.feed.watch((_, state) => heard.push(JSON.parse(state as string).State));
  watch.add(["task_1"], "ended");
  await turns();
  watch.add(["task_2"], "all");
  await turns();
  script.change("task_2", "STARTED");
  await turns();
  t.deepEqual(heard, ["STARTED"]);
  t.deepEqual(script.opened, [false, true]);
  await script.feed.close();
});

plainTest("what changes while no stream is open is read when the next one is", async (t) => {
  const script = new Script();
  const heard: string[] = [];
  script.feed.watch((id) => heard.push(id)).add(["task_1", "task_2"], "ended");
  await turns();
  script.break();
  await turns();
  script.states.set("task_2", '{"TaskUUID":"task_2","TaskName":"add","State":"SUCCESS"}');
  await script.clock.advance(200);
  await turns();
  t.deepEqual(heard, ["task_2"]);
  t.is(script.opened.length, 2);
  await script.feed.close();
});

plainTest("a feed that nobody watches opens nothing, and closes", async (t) => {
  const script = new Script();
  script.feed.watch(() => {}).close();
  await script.feed.close();
  await script.feed.close();
  script.feed.watch(() => {}).add(["task_1"]);
  t.deepEqual(script.opened, []);
});
