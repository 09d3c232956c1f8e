import type { Channel, ChannelModel } from "amqplib";
import { MachineryError } from "../errors.js";
import { backoffMs } from "../util/backoff.js";
import { type Clock, delay } from "../util/clock.js";
import { type AmqpEndpoint, type AmqpTls, connectTo, defaultConnectTimeoutMs, placeOf } from "./endpoint.js";
import { amqpFailure } from "./failure.js";
import { answerMs, timed } from "./timed.js";

/** Told what becomes of a connection. Called one after the other; must not throw. */
export interface ConnectionListener {
  /** It is up, again or for the first time: what was declared may be gone, and every channel is. */
  up?(): void;
  down?(): void;
  /** RabbitMQ takes no messages, for this reason (memory, disk); `undefined`: it does again. */
  blocked?(reason: string | undefined): void;
}

const mostAttempts = 3;
const retryBackoff = { baseMs: 100, maxMs: 5000 };

/**
 * One connection to RabbitMQ that is made again, by turns to each of its endpoints, whenever it is lost. What stands on it (channels,
 * consumers) is for their owners to make again: they are told.
 */
export class AmqpConnection {
  readonly clock: Clock;
  readonly #endpoints: readonly [AmqpEndpoint, ...AmqpEndpoint[]];
  readonly #tls: AmqpTls;
  readonly #purpose: string;
  readonly #listeners = new Set<ConnectionListener>();
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  #turn = 0;
  #model: ChannelModel | undefined;
  #blocked: string | undefined;
  /** Why there is none. */
  #failure: MachineryError | undefined;
  #opening: Promise<void> | undefined;

  constructor(
    endpoints: readonly [AmqpEndpoint, ...AmqpEndpoint[]],
    options: { readonly tls: AmqpTls; readonly purpose: string; readonly clock: Clock },
  ) {
    this.#endpoints = endpoints;
    this.#tls = options.tls;
    this.#purpose = options.purpose;
    this.clock = options.clock;
  }

  /** Where it goes, or tries to go, in messages. */
  get place(): string {
    return placeOf(this.#endpoints[this.#turn]!);
  }

  /** Why RabbitMQ takes no messages now; `undefined` where it does. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  get isUp(): boolean {
    return this.#model !== undefined;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Connects for the first time; rejects if none of the endpoints can be reached, and may then be called again. Idempotent. */
  async open(): Promise<void> {
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  listen(listener: ConnectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The connection, as soon as there is one.
   * @throws MachineryError `ERR_BROKER` if there is none within `ms` milliseconds, with what stands in the way
   */
  async model(ms = answerMs): Promise<ChannelModel> {
    if (this.#model === undefined) await this.#untilUp(ms);
    if (this.isClosed) throw this.#closedError();
    return this.#model ?? this.model(ms);
  }

  /**
   * Runs one thing on a channel of its own: what fails there closes that channel, and harms nobody else. Where the connection is lost
   * meanwhile it is run again on the next, so that it must bear to be repeated.
   *
   * @param what for the message, where no answer comes
   * @throws MachineryError `ERR_BROKER`, `ERR_CLOSED`
   */
  async withChannel<T>(what: string, run: (channel: Channel) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const model = await this.model();
      const { place } = this;
      let refusal: unknown;
      const running = this.#onChannel(model, run, (error) => {
        refusal = error;
      });
      try {
        return await timed(this.clock, answerMs, place, what, running);
      } catch (error) {
        const isLost = refusal === undefined && this.#model !== model;
        if (!isLost || attempt === mostAttempts) throw amqpFailure(refusal ?? error, place);
      }
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.#closing.abort();
    this.#wake();
    const model = this.#model;
    if (model === undefined) return;
    await timed(this.clock, answerMs, this.place, "closing the connection", model.close()).catch(() => {});
  }

  async #open(): Promise<void> {
    let last: MachineryError | undefined;
    for (let i = 0; i < this.#endpoints.length; i++) {
      try {
        void this.#supervise(await this.#connect());
        return;
      } catch (error) {
        last = error as MachineryError;
        this.#rotate();
      }
    }
    throw last;
  }

  async #onChannel<T>(model: ChannelModel, run: (channel: Channel) => Promise<T>, onError: (error: unknown) => void): Promise<T> {
    const channel = await model.createChannel();
    let isOpen = true;
    channel.on("error", onError);
    channel.on("close", () => {
      isOpen = false;
    });
    try {
      return await run(channel);
    } finally {
      if (isOpen) await channel.close().catch(() => {});
    }
  }

  async #supervise(first: ChannelModel): Promise<void> {
    const { signal } = this.#closing;
    let model: ChannelModel | undefined = first;
    for (let failures = 0; !signal.aborted; ) {
      if (model === undefined) {
        try {
          model = await this.#connect();
          failures = 0;
        } catch {
          this.#rotate();
          await delay(this.clock, backoffMs(failures++, retryBackoff), signal);
          continue;
        }
      }
      await this.#stand(model);
      model = undefined;
      // A server that accepts and drops must not be asked again at once.
      if (!signal.aborted) await delay(this.clock, backoffMs(0, retryBackoff), signal);
    }
  }

  /** From the moment a connection is there until it is gone. */
  #stand(model: ChannelModel): Promise<void> {
    return new Promise((resolve) => {
      // It may have been lost on the way here: then the client library says so only when it is used.
      model.once("close", (error?: Error) => {
        this.#model = undefined;
        this.#blocked = undefined;
        this.#failure = amqpFailure(error ?? new Error("the connection was closed"), this.place);
        this.#tell((listener) => listener.down?.());
        resolve();
      });
      this.#model = model;
      this.#failure = undefined;
      this.#wake();
      this.#tell((listener) => listener.up?.());
    });
  }

  async #connect(): Promise<ChannelModel> {
    const endpoint = this.#endpoints[this.#turn]!;
    const { place } = this;
    try {
      const ms = (endpoint.connectTimeoutMs ?? defaultConnectTimeoutMs) + 1000;
      const connecting = connectTo(endpoint, this.#tls, this.#purpose);
      let isLate = false;
      // First of all a listener: an error that nobody listens to ends the process.
      const guarded = connecting.then((model) => {
        model.on("error", () => {});
        model.on("blocked", (reason: string) => this.#setBlocked(model, reason));
        model.on("unblocked", () => this.#setBlocked(model, undefined));
        if (isLate || this.isClosed) model.close().catch(() => {});
        return model;
      });
      const model = await timed(this.clock, ms, place, "connecting", guarded).catch((error) => {
        isLate = true;
        throw error;
      });
      if (this.isClosed) throw this.#closedError();
      return model;
    } catch (error) {
      this.#failure = amqpFailure(error, place);
      throw this.#failure;
    }
  }

  #setBlocked(model: ChannelModel, reason: string | undefined): void {
    if (this.#model !== model) return;
    this.#blocked = reason;
    this.#tell((listener) => listener.blocked?.(reason));
  }

  #rotate(): void {
    this.#turn = (this.#turn + 1) % this.#endpoints.length;
  }

  #untilUp(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        timer.cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const timer = this.clock.after(
        ms,
        () => {
          this.#waiting.delete(done);
          reject(this.#failure ?? amqpFailure(new Error("ETIMEDOUT"), this.place));
        },
        true,
      );
      this.#waiting.add(done);
      if (this.isClosed || this.#model !== undefined) done();
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #tell(tell: (listener: ConnectionListener) => void): void {
    for (const listener of [...this.#listeners]) tell(listener);
  }

  #closedError(): MachineryError {
    return new MachineryError("ERR_CLOSED", "the connection was closed before.", { at: this.place });
  }
}
