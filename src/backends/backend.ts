import type { Broker, Consumer, Message, PublishOutcome, Settlement, SettleOutcome } from "../brokers/broker.js";

/**
 * What the core asks of a result backend: task states under their UUID, groups, a gate that lets a chord's callback out once,
 * leases. Every verb takes a batch where there can be one. A backend stores JSON that it need not understand, or the fields,
 * whichever suits it.
 */
export interface Backend {
  readonly capabilities: BackendCapabilities;
  /**
   * Stores states, in order, by one rule: a terminal state (SUCCESS, FAILURE) is never overwritten, and PENDING is refused where
   * anything is stored already. Later states keep the CreatedAt of the first. One outcome for each; a refusal tells what is stored.
   * Of several states of one task in a batch only the last need be stored. Rejects where the backend cannot be reached: all of it
   * may be tried again.
   */
  write(writes: readonly StateWrite[]): Promise<WriteOutcome[]>;
  /**
   * Where these states and the consumer's claims are kept in one place: how to store the one and end the other in one step. Absent, or
   * `undefined`, where that cannot be.
   */
  commitWith?(consumer: Consumer): Commit | undefined;
  /**
   * Where these states and the broker's messages are kept in one place: how to store the one and publish the other in one step. Absent, or
   * `undefined`, where that cannot be.
   */
  announceWith?(broker: Broker): Announce | undefined;
  /** Where states, messages and claims are kept in one place: how to end tasks and send what follows them in one step. */
  continueWith?(broker: Broker, consumer: Consumer): Continue | undefined;
  /** The stored TaskState JSON of each id, `null` where there is none (unknown or expired). */
  read(ids: readonly string[]): Promise<(string | null)[]>;
  /** Stores the record of a group. */
  openGroup(group: GroupRecord): Promise<void>;
  /** The stored GroupMeta JSON of each id, `null` where there is none. */
  readGroups(ids: readonly string[]): Promise<(string | null)[]>;
  /**
   * Marks members as ended, one answer for each. Idempotent. `open`: others have not ended yet. `won`: all have, and the caller
   * is to send the chord's callback and then say `chordSent`; until then the same member, or any other after `leaseMs`, wins
   * again, so that a crash in between loses nothing. `sent`: the callback is out, or another member has just won. A backend that
   * `evicts` answers `won` too where the group's record is gone: what comes next finds no results, and ends the callback with that.
   */
  memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]>;
  chordSent(groupIds: readonly string[]): Promise<void>;
  /** Where a message that is given back may come to a Go worker, which takes a chord that was won for sent; absent where none can. */
  readonly unsent?: UnsentChords | undefined;
  /** Takes or renews a named lease; `false` while another owner holds it. `ttlMs` 0 gives it up. */
  lease(key: string, owner: string, ttlMs: number): Promise<boolean>;
  /** Opens a watch: `listener` gets every state stored, by anyone, under the ids watched. At most once; readers poll as a net. */
  watch(listener: StateListener): Watch;
  /** Deletes states and groups, whatever they are. */
  purge(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface BackendCapabilities {
  /**
   * States, groups and leases are kept at all. Where false, what is stored is dropped, and `read`, `readGroups`, `memberDone`, `chordSent`
   * and `lease` reject with `ERR_UNSUPPORTED`: tasks, chains and callbacks run, but nobody learns how they ended, and there are no chords.
   */
  readonly keeps: boolean;
  /** `watch` tells of a change without being asked. Where false, workers tell over a broker with `notices`, and the core polls, too. */
  readonly push: boolean;
  /** A terminal state cannot be overwritten, whatever races. */
  readonly atomicStates: boolean;
  /** Exactly one caller at a time is told `won`. */
  readonly atomicGate: boolean;
  /** What was stored survives a crash of the process that holds it. */
  readonly persistent: boolean;
  /** Other processes see the same states. */
  readonly shared: boolean;
  /** A result can be read by anybody who knows its id. Where false, only by who sent the task, or ran it. */
  readonly rereadable: boolean;
  /** A stored result may vanish before its time (a cache that evicts). */
  readonly evicts: boolean;
}

export type StateName = "PENDING" | "RECEIVED" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE";

/** One state of one task: the fields of Machinery's TaskState. */
export interface StateFields {
  readonly id: string;
  readonly name: string;
  readonly state: StateName;
  /** The JSON array of `{Type, Value}`, or `null` where there are none yet. */
  readonly results: string | null;
  readonly error: string;
  /** RFC 3339: when this state came about. What counts in the end is that of the first state stored under this id. */
  readonly createdAt: string;
}

/** Hears of a state: as JSON, or its fields, where the backend holds these and nobody need write JSON only to have it parsed. */
export type StateListener = (id: string, state: string | StateFields) => void;

/** A state to be stored: its fields, and the same as JSON. */
export interface StateWrite extends StateFields {
  /** The whole TaskState as JSON, written when it is first asked for: `TaskUUID`, `TaskName`, `State` first, in that order, and `CreatedAt` last. */
  readonly json: string;
  /** How long to keep it, in milliseconds. */
  readonly ttlMs: number;
  /** The topic of the waiting sender, where the message named one (see `Watch.topic`). */
  readonly notify?: string | undefined;
}

/** Stored; refused, because of what is `stored` already; or never to be stored, for the reason in `error` (too large, say). */
export type WriteOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly stored: string }
  | { readonly ok: false; readonly stored: null; readonly error: Error };

/**
 * Stores terminal states, one of each task, by the rule of `write`, and settles as a consumer does, both in one step: both or nothing,
 * also where it rejects without an answer, and then it may be tried again. Refused states are no hindrance; but where one can never be
 * stored nothing is settled, and `settled` is absent.
 */
export type Commit = (
  writes: readonly StateWrite[],
  settlements: readonly Settlement[],
) => Promise<{ readonly written: WriteOutcome[]; readonly settled?: SettleOutcome[] }>;

/**
 * Stores PENDING states, one of each task, by the rule of `write`, and publishes their messages, both in one step. Refused states are no
 * hindrance; but where one can never be stored nothing is published, and `published` is absent. `undefined`, and nothing is done, where
 * these messages take more than one step.
 */
export type Announce = (
  writes: readonly StateWrite[],
  messages: readonly Message[],
) => Promise<{ readonly written: WriteOutcome[]; readonly published?: PublishOutcome[] }> | undefined;

/**
 * Stores states by the rule of `write`, those of tasks that have ended and PENDING of tasks that follow, one of each task; publishes the
 * messages of these; and settles. All in one step, also where it rejects without an answer, and then it may be tried again. Where a state
 * is refused or can never be stored nothing more is done, and `published` and `settled` are absent; where a message cannot be published
 * nothing is settled. `undefined`, and nothing is done, where it takes more than one step.
 */
export type Continue = (
  writes: readonly StateWrite[],
  messages: readonly Message[],
  settlements: readonly Settlement[],
) =>
  | Promise<{ readonly written: WriteOutcome[]; readonly published?: PublishOutcome[]; readonly settled?: SettleOutcome[] }>
  | undefined;

export interface GroupRecord {
  readonly id: string;
  readonly members: readonly string[];
  /** The whole GroupMeta as JSON. */
  readonly json: string;
  readonly ttlMs: number;
}

export interface GroupMember {
  readonly group: string;
  readonly member: string;
  /** How many members the group has. */
  readonly count: number;
  /** How long a winner has for sending the callback before another may win, in milliseconds. */
  readonly leaseMs: number;
  readonly ttlMs: number;
  /** The callback as JSON, with its queue: kept from the win to `chordSent`, for who takes over. For a backend with `unsent`. */
  readonly callback?: string | undefined;
}

export type GateAnswer = "open" | "won" | "sent";

/**
 * Chords that were won, and whose callback nobody has said to be sent. Where a winner dies its message goes to another worker, which wins
 * again; but a Go worker only sees that somebody has won. Then a worker of ours has to find the chord, without any message of it.
 */
export interface UnsentChords {
  /** Those whose winner's time has been up for as long again. Each has the caller for its winner from now on, for `leaseMs` milliseconds. */
  take(leaseMs: number): Promise<UnsentChord[]>;
  /** The caller has won these and cannot send their callbacks yet: `take` brings them again, to whoever asks, after `pauseMs` milliseconds. */
  putOff(groups: readonly string[], pauseMs: number): Promise<void>;
}

export interface UnsentChord {
  readonly group: string;
  readonly callback: string;
}

export interface Watch {
  /** What senders put into the signature's headers so that a worker elsewhere can reach this watch, where the backend needs that. */
  readonly topic?: string;
  /** `add` tells of what is stored already, too: nobody need read it first. Default `false`. */
  readonly tellsStored?: boolean;
  /** @param interest `ended`: only terminal states matter, and a backend that can tell them apart tells of no other. Default `all`. */
  add(ids: readonly string[], interest?: "all" | "ended"): void;
  remove(ids: readonly string[]): void;
  close(): void;
}
