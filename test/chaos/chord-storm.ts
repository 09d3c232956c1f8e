import type { ExecutionContext, TestFn } from "ava";
import { startRedis } from "../services/redis.js";
import { amount, tellFigure } from "./figures.js";
import { count, howToRepeat } from "./profile.js";
import { finish, killAtRandom } from "./scenarios.js";
import type { Send } from "./sends.js";
import { Trial } from "./trial.js";

/** A result backend of the test's own. */
export interface StormBackend {
  readonly url: string;
  /** What else must hold when all is over. */
  check?(t: ExecutionContext): Promise<void>;
}

/** How many chords there are, in a run of each profile. */
export interface StormSize {
  readonly ordinary: number;
  readonly full: number;
}

const workers = 3;
const concurrency = 10;
const members = 20;

/**
 * Many chords at once whose workers are killed throughout: every chord has one callback, with the results of all members, that ends once. It
 * may run again only where its worker was killed over it.
 *
 * @param start starts the backend; absent: it is the broker's Redis
 */
export function chordStorm(
  test: TestFn,
  file: string,
  backend: string,
  start?: (t: ExecutionContext) => Promise<StormBackend>,
  { ordinary, full }: StormSize = { ordinary: 20, full: 1_000 },
): void {
  const title = `a storm of chords, their states in ${backend}`;
  test.serial(title, async (t) => {
    t.timeout(count(5, 30) * 60_000);
    t.log(howToRepeat(file, title));
    const { url: broker } = await startRedis(t);
    const storm = await start?.(t);
    const trial = await Trial.open(title, { broker, resultBackend: storm?.url ?? broker, close: async () => {} });
    try {
      const chords = count(ordinary, full);
      const kills = count(ordinary / 4, 50);
      const fleet = trial.fleet(workers, { concurrency });
      const sends = Array.from({ length: chords }, (_, i) => named(trial.draw.chord(members), i));
      await trial.send(sends);
      await killAtRandom(trial, fleet, kills, chords * (members + 1));
      await finish(t, trial, fleet);
      const { tasks, succeeded, account } = await trial.judge(t, { kills, held: concurrency });
      const callbacks = sends.map(({ callback }) => callback);
      const told = callbacks.map((uuid) => ({ uuid, ...tasks.get(uuid)! }));
      const again = told.filter(({ starts }) => starts > 1).length;
      t.log(`${chords} chords of ${members}, ${kills} kills: ${account.duplicated} runs again, of ${again} callbacks`);
      t.deepEqual(
        told.filter(({ uuid, effects }) => !succeeded.has(uuid) || effects === 0),
        [],
        "callbacks without their effect",
      );
      t.deepEqual(
        told.filter(({ notes }) => notes.filter((note) => note === "settled").length > 1),
        [],
        "callbacks that ended twice",
      );
      t.deepEqual(
        told.filter(({ overlaps }) => overlaps > 0),
        [],
        "callbacks that ran twice at the same time",
      );
      t.is([...tasks.values()].filter(({ args }) => args !== undefined).length, chords, "callbacks that ran");
      await storm?.check?.(t);
      tellFigure(t, {
        what: `F15, states in ${backend}`,
        much: `${amount(chords)} chords of ${members}, ${kills} kills`,
        lost: account.lost.length,
        other: `${amount(chords)} callbacks ended once, with all results in order; ${amount(account.duplicated)} tasks ran again, ${again} of them callbacks`,
      });
    } finally {
      await trial.close();
    }
  });
}

/** With an id for the callback that tells what it is, as the server gives it. */
function named(send: Send, index: number): Send & { kind: "chord" } {
  if (send.kind !== "chord") throw new TypeError("no chord");
  return { ...send, callback: `chord_storm_${index}` };
}
