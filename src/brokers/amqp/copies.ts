import type { Message, Options } from "amqplib";
import type { Outgoing } from "../../amqp/letter.js";
import type { Clock } from "../../util/clock.js";
import type { Settlement } from "../broker.js";
import type { Claim } from "./claim.js";
import type { Delays } from "./detour.js";
import { carriedOver, noted } from "./headers.js";
import { deadQueue } from "./names.js";
import type { Route, Topology } from "./topology.js";

const longestReason = 2000;

/** Messages made of others: what takes the place of a message that RabbitMQ itself cannot change. */
export class Copies {
  readonly #topology: Topology;
  readonly #delays: Delays;
  readonly #clock: Clock;

  constructor(topology: Topology, delays: Delays, clock: Clock) {
    this.#topology = topology;
    this.#delays = delays;
    this.#clock = clock;
  }

  /** What takes a claim's place by its settlement; it is not one that only ends it. */
  inPlace(settlement: Settlement & { readonly delivery: Claim }, now: number): Outgoing | Promise<Outgoing> {
    const { delivery } = settlement;
    if (settlement.as === "dead") return this.dead(delivery, settlement.reason);
    if (settlement.as === "delay") {
      const body = settlement.body === undefined ? delivery.body : Buffer.from(settlement.body);
      return this.delayed(delivery, settlement.until, now, body);
    }
    return this.again(this.#topology.resolve(delivery.queue), delivery.message, delivery.crashes);
  }

  /**
   * At the tail of its queue.
   *
   * @param life of RabbitMQ, in which its crashes were counted just now
   */
  again(queue: string, message: Message, crashes: number, life?: string): Outgoing {
    const { exchange, routingKey, restore } = this.#topology.direct(queue);
    const notes = life === undefined ? {} : { [noted.life]: life };
    return { exchange, routingKey, body: message.content, options: copied(message, crashes, notes), restore };
  }

  dead({ queue, message, crashes }: Claim, reason: string): Outgoing {
    const { restore, queue: name } = this.#topology.direct(queue);
    const notes = { [noted.reason]: reason.slice(0, longestReason), [noted.deadAt]: `${this.#clock.now()}` };
    return { exchange: "", routingKey: deadQueue(name), body: message.content, options: copied(message, crashes, notes), restore };
  }

  /** @param now the same for all of a batch, so that what is due together stays together */
  delayed({ queue, message, crashes }: Claim, until: number, now: number, body: Buffer): Promise<Outgoing> {
    return this.delayedMessage(this.#topology.direct(queue), until, now, body, copied(message, crashes, {}));
  }

  /** A message that comes by that route, but not before that time. */
  async delayedMessage(route: Route, until: number, now: number, body: Buffer, options: Options.Publish): Promise<Outgoing> {
    const ms = until - now;
    const { exchange, routingKey, restore } = route;
    if (!(ms > 0)) return { exchange, routingKey, body, options, restore };
    const { longestMs } = this.#delays;
    const detour = await this.#delays.detour(route, Math.min(ms, longestMs));
    const headers = ms > longestMs ? { ...options.headers, [noted.notBefore]: `${until}` } : options.headers;
    const expiration = detour.expiration === undefined ? {} : { expiration: detour.expiration };
    return { ...detour, body, options: { ...options, headers, ...expiration } };
  }
}

function copied({ properties }: Message, crashes: number, notes: Record<string, string>): Options.Publish {
  const headers = carriedOver(properties);
  if (crashes > 0) {
    headers[noted.crashes] = crashes;
    const life = properties.headers?.[noted.life];
    if (life !== undefined) headers[noted.life] = life;
  }
  Object.assign(headers, notes);
  return {
    messageId: properties.messageId,
    contentType: properties.contentType ?? "application/json",
    persistent: true,
    mandatory: true,
    headers,
    ...(properties.priority !== undefined && { priority: properties.priority }),
  };
}
