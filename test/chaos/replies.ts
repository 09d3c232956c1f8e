import type { ExecutionContext, TestFn } from "ava";
import { FaultProxy } from "../services/proxy.js";
import { amount, Together } from "./figures.js";
import { count, howToRepeat } from "./profile.js";
import { type Subject, Trial } from "./trial.js";

export interface LostReplies {
  /** The test file's path, for how to repeat a run. */
  readonly file: string;
  /** Whose replies they are, for people. */
  readonly on: string;
  /** How many are lost of each kind in a full run; defaults to 1,000. */
  readonly losses?: number;
  /** What the workers ask of the broker, or where that is a folder of the result backend: by its name, the bytes that the request holds. */
  readonly requests: Readonly<Record<string, string | Uint8Array>>;
  /** Of these, what is lost before the server has it as well. */
  readonly unheard?: readonly string[];
  /** How many tasks the loss of a reply to this request, and of its connection, may make run once more. */
  repeated(request: string): number;
  /** Of these, how many may have been sent by themselves, not because others ended; default: all of them. */
  repeatedOfSent?(request: string): number;
  open(t: ExecutionContext): Promise<Subject>;
}

/** Has servers do what workers ask for, and swallows what they answer, or what is asked: nobody knows then whether it was done. */
export function lostReplies(test: TestFn, parts: LostReplies): void {
  const { on, requests, unheard = [] } = parts;
  const titles = [...Object.keys(requests).map(replyTo), ...unheard.map(never)];
  const all = new Together(titles, ({ deaths, again, lost }) => ({
    what: `F10, ${on}`,
    much: `${Object.keys(requests).length} calls, ${amount(deaths / titles.length)} replies swallowed of each${unheard.length > 0 ? `, and as many times ${unheard.join(", ")} themselves` : ""}`,
    lost,
    other: `no invariant violated; ${amount(again)} tasks ran again`,
  }));
  for (const [name, bytes] of Object.entries(parts.requests)) {
    declare(test, parts, all, { name, title: replyTo(name), lose: (proxy) => proxy.swallowReplyTo(bytes) });
    if (!parts.unheard?.includes(name)) continue;
    declare(test, parts, all, { name, title: never(name), lose: (proxy) => proxy.swallowRequest(bytes) });
  }
}

const replyTo = (name: string): string => `the reply to ${name} is lost`;
const never = (name: string): string => `${name} never reach the server`;

interface Loss {
  /** Of the request. */
  readonly name: string;
  readonly title: string;
  /** Loses the next one; resolves when that has happened. */
  lose(proxy: FaultProxy): Promise<void>;
}

function declare(test: TestFn, parts: LostReplies, all: Together, { name, title, lose }: Loss): void {
  const { file, repeated, repeatedOfSent = repeated, open } = parts;
  test.serial(title, async (t) => {
    t.timeout(count(5, 30) * 60_000);
    t.log(howToRepeat(file, title));
    const subject = await open(t);
    const proxies = new Map<string, FaultProxy>();
    for (const url of new Set([subject.broker, subject.resultBackend])) {
      if (!url.startsWith("file:")) proxies.set(url, await FaultProxy.start(t, url));
    }
    const through = (url: string): string => proxies.get(url)?.url ?? url;
    const proxy = (proxies.get(subject.broker) ?? proxies.get(subject.resultBackend))!;
    const trial = await Trial.open(title, subject);
    try {
      const fleet = trial.fleet(2, {
        broker: through(subject.broker),
        resultBackend: through(subject.resultBackend),
        concurrency: 5,
        // Long: a worker that the machine keeps waiting is not to be taken for dead besides.
        leaseMs: 30_000,
      });
      const losses = count(8, parts.losses ?? 1_000);
      for (let loss = 0; loss < losses; loss++) {
        let lost = false;
        void lose(proxy).then(() => {
          lost = true;
        });
        await trial.until("it is lost", async () => {
          if (!lost && trial.states.open.size < 5) await trial.send(trial.draw.mixture());
          return lost;
        });
      }
      await trial.allEnded();
      await trial.queueEmpty();
      const exits = await fleet.stop();
      t.true(exits.every(({ code }) => code === 0));
      t.deepEqual(fleet.complaints, []);
      const { account, tasks } = await trial.judge(t, { kills: losses, held: repeated(name) });
      const again = [...tasks].filter(([, { sent, starts }]) => sent !== "none" && starts > 1).map(([uuid]) => uuid);
      const bound = losses * repeatedOfSent(name);
      t.true(again.length <= bound, `${again.length} of those that were sent ran again, more than ${bound}: ${again.slice(0, 3)}`);
      all.add(t, title, { deaths: losses, again: account.duplicated, lost: account.lost.length });
    } finally {
      await trial.close();
    }
  });
}
