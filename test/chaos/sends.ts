import { chord, group, MachineryError, type Server, signature, type UntypedSignature } from "machinery-ts";
import type { LedgerClient } from "./ledger-client.js";
import type { Random } from "./random.js";
import type { Tasks } from "./worker.js";

/** Something to send, by its uuids: what the ledger is told of it, and the tasks that are to run because of it. */
export type Send =
  | {
      readonly kind: "task";
      readonly uuid: string;
      readonly name: Tasks;
      readonly args: readonly number[];
      readonly follower?: string;
      /** How often it is tried again where it fails. */
      readonly retries?: number;
    }
  | {
      readonly kind: "chord";
      readonly members: readonly string[];
      readonly callback: string;
      readonly first: number;
      readonly ms: readonly number[];
    };

/** What is sent by name: the tasks of `send` itself, and those that follow. */
export const sentTasks = (send: Send): readonly string[] => (send.kind === "task" ? [send.uuid] : send.members);
export const followingTasks = (send: Send): readonly string[] =>
  send.kind === "chord" ? [send.callback] : send.follower === undefined ? [] : [send.follower];

/** Draws sends; uuids are the seed's too. */
export class Draw {
  readonly #random: Random;
  readonly #prefix: string;
  #count = 0;

  constructor(random: Random, prefix: string) {
    this.#random = random;
    this.#prefix = prefix;
  }

  /** A task that sleeps for 3 to 30 ms; with `follower`, another one runs after it. */
  work(follower = false): Send {
    const uuid = this.#uuid();
    return {
      kind: "task",
      uuid,
      name: "work",
      args: [this.#random.whole(3, 30)],
      ...(follower && { follower: `${uuid}-next` }),
    };
  }

  /** Something of each kind. */
  mixture(): Send[] {
    const works = Array.from({ length: 6 }, () => this.work());
    return [...works, this.work(true), this.work(true), this.chord(3), this.chord(3)];
  }

  /** A task whose first run fails. */
  flaky(): Send {
    return { kind: "task", uuid: this.#uuid(), name: "flaky", args: [], retries: 9 };
  }

  task(name: Tasks, ...args: readonly number[]): Send {
    return { kind: "task", uuid: this.#uuid(), name, args };
  }

  chord(members: number): Send {
    const uuid = this.#uuid();
    return {
      kind: "chord",
      members: Array.from({ length: members }, (_, i) => `${uuid}-${i}`),
      callback: `${uuid}-callback`,
      first: this.#count * 1_000,
      ms: Array.from({ length: members }, () => this.#random.whole(3, 30)),
    };
  }

  #uuid(): string {
    return `${this.#prefix}-${++this.#count}`;
  }
}

/** What a chord's callback has to be called with. */
export const expectedArgs = (send: Send): number[] | undefined =>
  send.kind === "chord" ? send.members.map((_, i) => send.first + i) : undefined;

/** Sends it all, and tells the ledger before and after. Rejects with what no fault of a broker explains. */
export async function sendAll(server: Server, ledger: LedgerClient, sends: readonly Send[]): Promise<void> {
  await Promise.all(sends.map((send) => sendOne(ledger, send, () => sendBy(server, send))));
}

/** Sends by that, and tells the ledger before and after. */
export async function sendOne(ledger: LedgerClient, send: Send, by: () => Promise<unknown>): Promise<void> {
  const uuids = sentTasks(send);
  for (const uuid of uuids) ledger.tell({ op: "attempt", uuid });
  let how: "ok" | "ambiguous" | "failed" = "ok";
  try {
    await by();
  } catch (error) {
    // Where there are several messages, there is an error of each that was not sent; the others are out.
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    for (const one of errors) if (!(one instanceof MachineryError)) throw one;
    const isSure = error instanceof MachineryError && error.code !== "ERR_AMBIGUOUS";
    how = isSure ? "failed" : "ambiguous";
  }
  const at = Date.now();
  for (const uuid of uuids) ledger.tell({ op: "sent", uuid, how, at });
}

async function sendBy(server: Server, send: Send): Promise<void> {
  if (send.kind === "task") await server.sendTask(signatureOf(send));
  else {
    const members = send.members.map((uuid, i) => call("member", [send.first + i, send.ms[i]!], uuid));
    await server.sendChord(chord(group(...members), call("callback", [], send.callback)));
  }
}

function signatureOf({ name, args, uuid, follower, retries }: Send & { kind: "task" }): UntypedSignature {
  const once = call(name, args, uuid);
  const sent = retries === undefined ? once : once.with({ retry: { count: retries } });
  return follower === undefined ? sent : sent.with({ onSuccess: call("work", [1], follower) });
}

function call(name: Tasks, numbers: readonly number[], uuid: string): UntypedSignature {
  return signature({ name, uuid, args: numbers.map((value) => ({ type: "int64", value: BigInt(value) })) });
}
