import type { Channel } from "amqplib";
import type { AmqpConnections } from "../../amqp/connections.js";
import { replyCode } from "../../amqp/failure.js";
import type { Outgoing } from "../../amqp/letter.js";
import type { Publisher } from "../../amqp/publisher.js";
import { MachineryError } from "../../errors.js";
import type { GateAnswer, GroupMember, GroupRecord } from "../backend.js";
import { type Collected, Gate } from "./gate.js";
import { durable, type GroupQueue } from "./group-queue.js";
import { inRange } from "./time-to-live.js";

const nothing = Buffer.from("null");

/**
 * Groups: the queue named by a group collects the states in which its members ended, and who has it alone and finds all of them there may
 * send the callback. Until that is out the messages are not acknowledged: a crash gives them to another. Then the queue goes.
 */
export class Groups {
  readonly #connections: AmqpConnections;
  readonly #publisher: Publisher;
  readonly #queue: GroupQueue;
  readonly #stateOf: (id: string) => string | undefined;
  readonly #gates = new Map<string, Gate>();

  /** @param stateOf the state that this process knows of a task */
  constructor(connections: AmqpConnections, publisher: Publisher, queue: GroupQueue, stateOf: (id: string) => string | undefined) {
    this.#connections = connections;
    this.#publisher = publisher;
    this.#queue = queue;
    this.#stateOf = stateOf;
  }

  /** The record is a message in a queue of its own, looked at and left there. */
  async open({ id, json, ttlMs }: GroupRecord): Promise<void> {
    const queue = recordQueue(id);
    const restore = () =>
      this.#connections.asking.withChannel("declaring the record of a group", async (channel) => {
        await channel.assertQueue(queue, durable(ttlMs));
      });
    await restore();
    await this.#publish([outgoing(queue, id, Buffer.from(json), ttlMs, restore)]);
  }

  async record(id: string): Promise<string | null> {
    const found = await this.#orNone(null, async (channel) => {
      const message = await channel.get(recordQueue(id));
      if (message === false) return null;
      channel.nack(message, false, true);
      await channel.checkQueue(recordQueue(id));
      return message.content.toString();
    });
    return found ?? this.#recordOfCollected(id);
  }

  /** Go leaves no record of a group: its members are those that were found in its queue, in the order in which they ended. */
  #recordOfCollected(id: string): string | null {
    const states = this.#gates.get(id)?.collected?.states;
    return states === undefined ? null : JSON.stringify({ GroupUUID: id, TaskUUIDs: [...states.keys()] });
  }

  /** How a member ended, where this process has collected its group. */
  collected(id: string): string | undefined {
    for (const { collected } of this.#gates.values()) {
      const json = collected?.states.get(id);
      if (json !== undefined && json !== "null") return json;
    }
    return undefined;
  }

  async memberDone(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    const answers: GateAnswer[] = new Array(members.length);
    const byGroup = new Map<string, number[]>();
    for (let i = 0; i < members.length; i++) {
      const places = byGroup.get(members[i]!.group);
      if (places === undefined) byGroup.set(members[i]!.group, [i]);
      else places.push(i);
    }
    const ending = [...byGroup.values()].map(async (places) => {
      const some = await this.#endMembers(places.map((i) => members[i]!));
      for (let i = 0; i < places.length; i++) answers[places[i]!] = some[i]!;
    });
    await Promise.all(ending);
    return answers;
  }

  /** @param ids those of groups; the callback of each is out */
  async sent(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#sent(id)));
  }

  async remove(id: string): Promise<void> {
    const gate = this.#gates.get(id);
    this.#gates.delete(id);
    if (gate?.collected) await gate.collected.channel.close().catch(() => {});
    await this.#delete(id);
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    const channels = [...this.#gates.values()].flatMap(({ collected }) => (collected ? [collected.channel] : []));
    this.#gates.clear();
    await Promise.all(channels.map((channel) => channel.close().catch(() => {})));
  }

  /** Members of one group, in order. */
  async #endMembers(members: readonly GroupMember[]): Promise<GateAnswer[]> {
    const now = this.#connections.publishing.clock.now();
    const { group, count, ttlMs } = members[0]!;
    const gate = this.#gate(group, now, ttlMs);
    let last = -1;
    if (!gate.isOpen) {
      const announced = new Set(gate.announced);
      members.forEach(({ member }, i) => {
        if (announced.size !== announced.add(member).size) last = i;
      });
      await this.#announce(gate, members);
      const found = await this.#collect(group, count);
      if (found === undefined) return members.map(() => "open");
      gate.collected = found;
    }
    // The group was complete with the last member that was new: those before it found it open.
    return members.map((member, i) => (i < last ? "open" : gate.pass(member, now)));
  }

  #gate(group: string, now: number, ttlMs: number): Gate {
    let gate = this.#gates.get(group);
    if (gate === undefined || gate.expiresAt <= now) {
      gate = new Gate();
      this.#gates.set(group, gate);
      for (const [oldest, { expiresAt, collected }] of this.#gates) {
        if (expiresAt > now || oldest === group) break;
        this.#gates.delete(oldest);
        if (collected) void collected.channel.close().catch(() => {});
      }
    }
    gate.expiresAt = now + ttlMs;
    return gate;
  }

  /** Each member's end goes into the group's queue, once from this process. */
  async #announce(gate: Gate, members: readonly GroupMember[]): Promise<void> {
    const messages: Outgoing[] = [];
    const fresh = new Set<string>();
    for (const { group, member, ttlMs } of members) {
      if (gate.announced.has(member) || fresh.has(member)) continue;
      fresh.add(member);
      const state = this.#stateOf(member);
      const body = state === undefined ? nothing : Buffer.from(state);
      messages.push(outgoing(group, member, body, ttlMs, () => this.#declare(group, ttlMs)));
    }
    await this.#publish(messages);
    for (const member of fresh) gate.announced.add(member);
  }

  /** All members' states; `undefined` while some are missing, or where somebody else is looking. */
  async #collect(group: string, count: number): Promise<Collected | undefined> {
    const { consuming } = this.#connections;
    for (;;) {
      const ready = await this.#orNone(0, async (channel) => (await channel.checkQueue(group)).messageCount);
      if (ready < count) return undefined;
      const model = await consuming.model();
      const channel = await model.createChannel();
      channel.on("error", () => {});
      const found = await this.#takeAll(channel, group, count);
      if (found === "taken") return undefined;
      // What was given back may be complete by now, with what has come meanwhile.
      if (found !== "open") return found;
    }
  }

  async #takeAll(channel: Channel, group: string, count: number): Promise<Collected | "taken" | "open"> {
    let states: Map<string, string> | undefined;
    try {
      const messages = await this.#queue.takeAll(channel, group);
      if (messages === undefined) return "taken";
      states = new Map();
      for (const message of messages) {
        const json = message.content.toString();
        const member: string = message.properties.messageId ?? memberIn(json);
        // Of a member that ended twice one is enough.
        if (states.has(member)) channel.ack(message);
        else states.set(member, json);
      }
      if (states.size >= count) return { channel, states };
      return "open";
    } finally {
      // Closing gives them back.
      if (states === undefined || states.size < count) await channel.close().catch(() => {});
    }
  }

  /** Nothing of the group is needed any more: a queue for each chord that there ever was would be many. */
  async #sent(group: string): Promise<void> {
    const gate = this.#gates.get(group);
    if (gate?.isSent) return;
    await this.#delete(group);
    if (gate === undefined) return;
    gate.isSent = true;
    const { collected } = gate;
    gate.collected = undefined;
    await collected?.channel.close().catch(() => {});
  }

  async #delete(group: string): Promise<void> {
    await this.#orNone(undefined, async (channel) => {
      await this.#queue.delete(channel, group);
      await channel.deleteQueue(recordQueue(group));
    });
  }

  #declare(group: string, ttlMs: number): Promise<void> {
    return this.#connections.asking.withChannel("declaring a group", (channel) => this.#queue.declare(channel, group, ttlMs));
  }

  async #publish(messages: readonly Outgoing[]): Promise<void> {
    for (const outcome of await this.#publisher.publish(messages)) if (outcome.status !== "ok") throw outcome.error;
  }

  async #orNone<T>(none: T, run: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      return await this.#connections.asking.withChannel("looking at a group", run);
    } catch (error) {
      if (error instanceof MachineryError && replyCode(error.cause) === 404) return none;
      throw error;
    }
  }
}

/** The task of a state that Go wrote. */
const memberIn = (json: string): string => /"TaskUUID":"([^"\\]*)"/.exec(json)?.[1] ?? "";
const recordQueue = (group: string): string => `${group}.record`;

function outgoing(queue: string, id: string, body: Buffer, ttlMs: number, restore: () => Promise<void>): Outgoing {
  return {
    exchange: "",
    routingKey: queue,
    body,
    options: { messageId: id, persistent: true, mandatory: true, expiration: inRange(ttlMs) },
    restore,
  };
}
