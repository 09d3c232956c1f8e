import { Log, type LogFollower } from "../../store/log.js";
import type { Store } from "../../store/store.js";
import { Topics } from "../../util/topics.js";
import type { Notice, NoticeListener } from "../broker.js";

/** How many notices the log keeps: who falls further behind misses some. */
const logLength = 1_024;

/** Notices between the processes that have a folder open. */
export class Notices {
  readonly #log: Log<Buffer>;
  readonly #topics = new Topics<Uint8Array>();
  #follower: LogFollower<Buffer> | undefined;

  constructor(store: Store) {
    this.#log = new Log(store, store.table("notices"), "notices", logLength);
  }

  /** To be called inside a transaction. */
  record(notices: readonly Notice[]): void {
    this.#log.append(notices.map(pack));
  }

  /** Once the transaction is committed. */
  announce(): void {
    this.#log.ring();
  }

  /** Returns what ends it. */
  listen(topic: string, listener: NoticeListener): () => void {
    // What came before is for those who listened before.
    if (this.#follower === undefined) this.#follower = this.#log.follow(() => this.#look());
    else this.#look();
    const end = this.#topics.listen(topic, listener);
    return () => {
      end();
      if (this.#topics.size === 0) this.close();
    };
  }

  close(): void {
    this.#topics.clear();
    this.#follower?.close();
    this.#follower = undefined;
  }

  #look(): void {
    this.#log.store.refresh();
    for (const row of this.#follower!.read().entries) {
      const { topic, body } = unpack(row);
      this.#topics.tell(topic, body);
    }
  }
}

/** The length of the topic in one byte, the topic, the body. */
function pack({ topic, body }: Notice): Buffer {
  const name = Buffer.from(topic, "latin1");
  return Buffer.concat([Buffer.of(name.length), name, body]);
}

function unpack(row: Buffer): Notice {
  const end = 1 + row[0]!;
  return { topic: row.toString("latin1", 1, end), body: Uint8Array.prototype.slice.call(row, end) };
}
