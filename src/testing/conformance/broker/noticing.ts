import type { Broker, Listening } from "../../../brokers/broker.js";
import { rejectsWith } from "../test-function.js";
import type { BrokerSubject } from "./subject.js";
import type { BrokerTrial, RegisterBrokerTest } from "./trial.js";

/** What a listener has heard. */
class Ear {
  readonly bodies: Uint8Array[] = [];
  listening!: Listening;
  #onNotice: () => void = () => {};

  static async open(broker: Broker, topic: string): Promise<Ear> {
    const ear = new Ear();
    ear.listening = await broker.listen(topic, (body) => {
      ear.bodies.push(body);
      ear.#onNotice();
    });
    return ear;
  }

  get texts(): string[] {
    return this.bodies.map((body) => Buffer.from(body).toString());
  }

  /** Waits for that notice; what the same broker told before has then been heard, if it is to be. */
  async hears(trial: BrokerTrial, text: string): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.#onNotice = () => {
        if (this.texts.includes(text)) resolve();
      };
      this.#onNotice();
    });
    await trial.within(`The notice "${text}"`, arrived);
  }
}

const tell = (broker: Broker, topic: string, ...texts: string[]): Promise<void> =>
  broker.notify(texts.map((text) => ({ topic, body: Buffer.from(text) })));

/** notify and listen. */
export function noticing(register: RegisterBrokerTest, subject: BrokerSubject): void {
  if (!subject.capabilities.notices) {
    register("notices are refused", async (t, { broker, queue }) => {
      await rejectsWith(t, "ERR_UNSUPPORTED", tell(broker, queue, "1"));
      await rejectsWith(
        t,
        "ERR_UNSUPPORTED",
        broker.listen(queue, () => {}),
      );
    });
    return;
  }

  register("a notice reaches every listener of its topic, of every connection, and no other", async (t, trial) => {
    const [topic, other] = [trial.queueName("topic"), trial.queueName("topic.2")];
    const teller = await trial.connect();
    const far = await trial.connect();
    const ears = [
      await Ear.open(teller, topic),
      await Ear.open(far, topic),
      await Ear.open(far, topic),
      await Ear.open(trial.broker, topic),
    ];
    const deaf = await Ear.open(far, other);
    await teller.notify([
      { topic, body: Buffer.from("1") },
      { topic: other, body: Buffer.from("elsewhere") },
      { topic, body: Buffer.from("2") },
    ]);
    for (const ear of ears) {
      await ear.hears(trial, "2");
      t.deepEqual(ear.texts, ["1", "2"]);
    }
    await deaf.hears(trial, "elsewhere");
    t.deepEqual(deaf.texts, ["elsewhere"]);
  });

  register("notices come in the order in which they were told, and never inside of notify", async (t, trial) => {
    const topic = trial.queueName("topic");
    const ears = [await Ear.open(await trial.connect(), topic), await Ear.open(trial.broker, topic)];
    const texts = Array.from({ length: 200 }, (_, i) => `${i}`);
    for (let i = 0; i < 200; i += 10) void tell(trial.broker, topic, ...texts.slice(i, i + 10));
    for (const { texts } of ears) t.deepEqual(texts, []);
    for (const ear of ears) {
      await ear.hears(trial, "199");
      t.deepEqual(ear.texts, texts);
    }
  });

  register("a notice's bytes come exactly: none, every value, as many as there may be", async (t, trial) => {
    const topic = trial.queueName("topic");
    const bodies = [new Uint8Array(), Uint8Array.from({ length: 256 }, (_, i) => i), new Uint8Array(65_536).fill(0xff)];
    const ear = await Ear.open(await trial.connect(), topic);
    await trial.broker.notify([]);
    await trial.broker.notify(bodies.map((body) => ({ topic, body })));
    await tell(trial.broker, topic, "last");
    await ear.hears(trial, "last");
    t.deepEqual(
      ear.bodies.map((body) => Buffer.from(body).toString("hex")),
      [...bodies, Buffer.from("last")].map((body) => Buffer.from(body).toString("hex")),
    );
  });

  register("a topic may be 240 characters long", async (t, trial) => {
    const topic = `${trial.queueName("Topic_1:")}${"x".repeat(240)}`.slice(0, 240);
    const ear = await Ear.open(trial.broker, topic);
    await tell(trial.broker, topic.slice(0, -1), "another");
    await tell(trial.broker, topic, "1");
    await ear.hears(trial, "1");
    t.deepEqual(ear.texts, ["1"]);
  });

  register("a listener hears nothing that was told before it listened", async (t, trial) => {
    const topic = trial.queueName("topic");
    const [early, teller] = [await trial.connect(), await trial.connect()];
    const first = await Ear.open(early, topic);
    await tell(teller, topic, "1");
    await first.hears(trial, "1");
    const [late, stranger] = [await Ear.open(early, topic), await Ear.open(trial.broker, topic)];
    await tell(teller, topic, "2");
    for (const ear of [first, late, stranger]) await ear.hears(trial, "2");
    t.deepEqual([first.texts, late.texts, stranger.texts], [["1", "2"], ["2"], ["2"]]);
  });

  register("a closed listener hears no more, the others do", async (t, trial) => {
    const topic = trial.queueName("topic");
    const listener = await trial.connect();
    const [closed, open] = [await Ear.open(listener, topic), await Ear.open(listener, topic)];
    await tell(trial.broker, topic, "1");
    await closed.hears(trial, "1");
    await closed.listening.close();
    await closed.listening.close();
    await tell(trial.broker, topic, "2");
    await open.hears(trial, "2");
    t.deepEqual([closed.texts, open.texts], [["1"], ["1", "2"]]);
    await open.listening.close();
    const again = await Ear.open(listener, topic);
    await tell(trial.broker, topic, "3");
    await again.hears(trial, "3");
    t.deepEqual([open.texts, again.texts], [["1", "2"], ["3"]]);
  });

  register("a listener may tell, and listen, and close itself", async (t, trial) => {
    const [topic, answers] = [trial.queueName("topic"), trial.queueName("answers")];
    const ear = await Ear.open(trial.broker, answers);
    const listener = await trial.connect();
    const heard: string[] = [];
    const answered = new Promise<void>((resolve) => {
      const listening = listener.listen(topic, async (body) => {
        heard.push(Buffer.from(body).toString());
        await (await listening).close();
        await listener.listen(trial.queueName("more"), () => {});
        await tell(listener, answers, "answer");
        resolve();
      });
      void listening.then(() => tell(trial.broker, topic, "question"));
    });
    await trial.within("The answer", answered);
    await ear.hears(trial, "answer");
    await tell(trial.broker, topic, "question 2");
    await tell(trial.broker, answers, "last");
    await ear.hears(trial, "last");
    t.deepEqual(heard, ["question"]);
  });

  register("a notice is no message, whatever its topic", async (t, trial) => {
    const ear = await Ear.open(trial.broker, trial.queue);
    await trial.publish(["a message"]);
    await tell(trial.broker, trial.queue, "a notice");
    await ear.hears(trial, "a notice");
    t.deepEqual(ear.texts, ["a notice"]);
    await trial.counts({ pending: 1, delayed: 0, claimed: 0, dead: 0 });
  });

  register("a closed broker neither tells nor listens, and its listeners hear no more", async (t, trial) => {
    const topic = trial.queueName("topic");
    const closing = await trial.connect();
    const [deaf, ear] = [await Ear.open(closing, topic), await Ear.open(trial.broker, topic)];
    await closing.close();
    await rejectsWith(t, "ERR_CLOSED", tell(closing, topic, "0"));
    await rejectsWith(
      t,
      "ERR_CLOSED",
      closing.listen(topic, () => {}),
    );
    await deaf.listening.close();
    await tell(trial.broker, topic, "1");
    await ear.hears(trial, "1");
    t.deepEqual([deaf.texts, ear.texts], [[], ["1"]]);
  });
}
