import type { Backend, StateWrite, WriteOutcome } from "../../src/backends/backend.js";
import type { Broker, Consumer, Message, PublishOutcome } from "../../src/brokers/broker.js";

/** What is to go wrong, by verb: each call takes the first entry that is left and goes wrong like that; none left: all is well. */
export type Faults<T> = { [Verb in keyof T]?: (Fault | undefined)[] };

/** `before`: it throws and has done nothing. `after`: it has done its work, and the answer is lost. */
export type Fault = "before" | "after";

export class Broken extends Error {
  override readonly name = "Broken";
}

/** The same object, whose methods go wrong as `faults` says; `calls` counts them. */
export function faulty<T extends object>(subject: T, faults: Faults<T>, calls: Map<string, number> = new Map()): T {
  return new Proxy(subject, {
    get(target, verb) {
      const value = Reflect.get(target, verb);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        calls.set(String(verb), (calls.get(String(verb)) ?? 0) + 1);
        const fault = faults[verb as keyof T]?.shift();
        if (fault === "before") throw new Broken(`${String(verb)} failed`);
        const answer = await value.apply(target, args);
        if (fault === "after") throw new Broken(`the answer to ${String(verb)} was lost`);
        return answer;
      };
    },
  });
}

/** A broker whose consumers go wrong as `faults` says. */
export function withFaultyConsumer(broker: Broker, faults: Faults<Consumer>, calls?: Map<string, number>): Broker {
  return overriding(broker, { consume: async (options) => faulty(await broker.consume(options), faults, calls) });
}

/** A broker that answers for the first messages as `answers` says, without publishing them where it says `error`. */
export function answering(broker: Broker, answers: ((message: Message) => PublishOutcome | undefined)[]): Broker {
  return overriding(broker, {
    publish: async (messages) => {
      const answer = answers.shift();
      const outcomes = messages.map((message) => answer?.(message));
      const taken = messages.filter((_, i) => outcomes[i]?.status !== "error");
      const own = await broker.publish(taken);
      return outcomes.map((outcome) => (outcome?.status === "error" ? outcome : (outcome ?? own.shift()!)));
    },
  });
}

/** A backend that will never store what `reason` gives a reason for. */
export function refusing(backend: Backend, reason: (write: StateWrite) => string | undefined): Backend {
  return overriding(backend, {
    write: async (writes) => {
      const outcomes: WriteOutcome[] = [];
      for (const write of writes) {
        const text = reason(write);
        if (text === undefined) outcomes.push((await backend.write([write]))[0]!);
        else outcomes.push({ ok: false, stored: null, error: new Error(text) });
      }
      return outcomes;
    },
  });
}

/** The same object with some of its methods replaced. */
export function overriding<T extends object>(subject: T, methods: Partial<T>): T {
  return new Proxy(subject, {
    get(target, key) {
      const own = Reflect.get(methods, key);
      if (own !== undefined) return own;
      const value = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
