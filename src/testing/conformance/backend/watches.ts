import type { Backend, StateWrite, Watch } from "../../../backends/backend.js";
import { delay, systemClock } from "../../../util/clock.js";
import type { BackendSubject } from "./subject.js";
import { type BackendTrial, type RegisterBackendTest, stateOf, stateWrite } from "./trial.js";

/** What a watch has heard. */
class Ear {
  readonly watch: Watch;
  readonly heard: string[] = [];
  #onNotice: () => void = () => {};

  constructor(backend: Backend) {
    this.watch = backend.watch((id, state) => {
      this.heard.push(`${id} ${typeof state === "string" ? stateOf(state) : state.state}`);
      this.#onNotice();
    });
  }

  /** The fields that a write needs for this watch to hear of it. */
  get fields(): Partial<StateWrite> {
    return this.watch.topic === undefined ? {} : { notify: this.watch.topic };
  }

  /** Writes states of an id of its own until the watch hears of one: from then on it is up. */
  async ready(trial: BackendTrial, writer: Backend): Promise<void> {
    const id = trial.id();
    this.watch.add([id]);
    const heard = new Promise<void>((resolve) => {
      this.#onNotice = resolve;
    });
    const stop = new AbortController();
    const writing = (async () => {
      while (!stop.signal.aborted) {
        await writer.write([stateWrite(id, "STARTED", this.fields)]);
        await delay(systemClock, 5, stop.signal, true);
      }
    })();
    try {
      await trial.within("The watch's first notice", heard);
    } finally {
      stop.abort();
      await writing;
      this.watch.remove([id]);
    }
    this.heard.length = 0;
  }

  /** Waits for a notice of each of these ids, of terminal states. Notices of different ids may come in any order. */
  async hears(trial: BackendTrial, ...ids: readonly string[]): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.#onNotice = () => {
        if (ids.every((id) => this.heard.some((notice) => notice === `${id} SUCCESS`))) resolve();
      };
      this.#onNotice();
    });
    await trial.within(`The notice of ${ids.join(" and ")}`, arrived);
  }

  /** What it has heard of each of these ids, and of no other. */
  heardOf(...ids: readonly string[]): string[] {
    return [...this.heard].sort((a, b) => ids.indexOf(a.split(" ")[0]!) - ids.indexOf(b.split(" ")[0]!));
  }
}

/** watch: hearing of states without asking. */
export function watches(register: RegisterBackendTest, subject: BackendSubject): void {
  if (!subject.capabilities.push) {
    register("a watch is silent, and readers poll", async (t, trial) => {
      const ear = new Ear(trial.backend);
      const id = trial.id();
      ear.watch.add([id]);
      await trial.backend.write([stateWrite(id, "SUCCESS")]);
      t.deepEqual((await trial.backend.read([id])).map(stateOf), ["SUCCESS"]);
      ear.watch.remove([id]);
      ear.watch.close();
      ear.watch.close();
      t.deepEqual(ear.heard, []);
    });
    return;
  }

  register("a watch hears of states that others store, under its ids only", async (t, trial) => {
    const ear = new Ear(trial.backend);
    const writer = await trial.connect();
    await ear.ready(trial, writer);
    const [watched, unwatched, last] = [trial.id(), trial.id(), trial.id()];
    ear.watch.add([watched, last]);
    await writer.write([stateWrite(unwatched, "STARTED", ear.fields), stateWrite(watched, "STARTED", ear.fields)]);
    await writer.write([stateWrite(watched, "SUCCESS", ear.fields), stateWrite(last, "SUCCESS", ear.fields)]);
    await ear.hears(trial, watched, last);
    t.deepEqual(ear.heardOf(watched, last), [`${watched} STARTED`, `${watched} SUCCESS`, `${last} SUCCESS`]);
  });

  register("a watch hears of what its own connection stores", async (t, trial) => {
    const ear = new Ear(trial.backend);
    await ear.ready(trial, trial.backend);
    const id = trial.id();
    ear.watch.add([id]);
    await trial.backend.write([stateWrite(id, "SUCCESS", ear.fields)]);
    await ear.hears(trial, id);
    t.deepEqual(ear.heard, [`${id} SUCCESS`]);
  });

  register("a watch does not hear of refused states", async (t, trial) => {
    const ear = new Ear(trial.backend);
    await ear.ready(trial, trial.backend);
    const [id, last] = [trial.id(), trial.id()];
    ear.watch.add([id, last]);
    await trial.backend.write([stateWrite(id, "SUCCESS", ear.fields)]);
    await trial.backend.write([stateWrite(id, "FAILURE", ear.fields), stateWrite(id, "PENDING", ear.fields)]);
    await trial.backend.write([stateWrite(last, "SUCCESS", ear.fields)]);
    await ear.hears(trial, id, last);
    t.deepEqual(ear.heardOf(id, last), [`${id} SUCCESS`, `${last} SUCCESS`]);
  });

  register("what is stored already is told to a watch that says so, and read by others", async (t, trial) => {
    const ear = new Ear(trial.backend);
    await ear.ready(trial, trial.backend);
    const [running, ended, last] = [trial.id(), trial.id(), trial.id()];
    await trial.backend.write([stateWrite(running, "STARTED"), stateWrite(ended, "SUCCESS"), stateWrite(last, "SUCCESS")]);
    ear.watch.add([ended, trial.id()], "ended");
    ear.watch.add([running], "all");
    ear.watch.add([last], "ended");
    if (ear.watch.tellsStored) await ear.hears(trial, last);
    else t.deepEqual((await trial.backend.read([running, ended, last])).map(stateOf), ["STARTED", "SUCCESS", "SUCCESS"]);
    t.deepEqual(ear.heard, ear.watch.tellsStored ? [`${ended} SUCCESS`, `${running} STARTED`, `${last} SUCCESS`] : []);
  });

  register("a watch hears no more of ids it was told to forget", async (t, trial) => {
    const ear = new Ear(trial.backend);
    await ear.ready(trial, trial.backend);
    const [forgotten, last] = [trial.id(), trial.id()];
    ear.watch.add([forgotten, forgotten, last]);
    ear.watch.remove([forgotten, trial.id()]);
    await trial.backend.write([stateWrite(forgotten, "SUCCESS", ear.fields)]);
    await trial.backend.write([stateWrite(last, "SUCCESS", ear.fields)]);
    await ear.hears(trial, last);
    t.deepEqual(ear.heard, [`${last} SUCCESS`]);
  });

  register("every watch of an id hears, until it is closed", async (t, trial) => {
    const [closed, open] = [new Ear(trial.backend), new Ear(trial.backend)];
    const writer = await trial.connect();
    await closed.ready(trial, writer);
    await open.ready(trial, writer);
    const [first, second] = [trial.id(), trial.id()];
    closed.watch.add([first, second]);
    open.watch.add([first, second]);
    await writer.write([stateWrite(first, "SUCCESS", { ...closed.fields, ...open.fields })]);
    await open.hears(trial, first);
    if (closed.watch.topic === open.watch.topic) await closed.hears(trial, first);
    closed.heard.length = 0;
    closed.watch.close();
    closed.watch.close();
    closed.watch.add([second]);
    await writer.write([stateWrite(second, "SUCCESS", open.fields)]);
    await open.hears(trial, second);
    t.deepEqual(closed.heard, []);
    t.deepEqual(open.heard, [`${first} SUCCESS`, `${second} SUCCESS`]);
  });
}
