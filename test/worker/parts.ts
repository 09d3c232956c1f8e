import { type Clock, type Server, silentLogger, systemClock } from "machinery-ts";
import type { Backend } from "../../src/backends/backend.js";
import type { Broker } from "../../src/brokers/broker.js";
import { messageLimits } from "../../src/wire/limits.js";
import type { WorkerParts } from "../../src/worker/worker.js";

/** What a server would hand to a worker, with another broker and backend. */
export function workerParts(server: Server, broker: Broker, backend: Backend, clock: Clock = systemClock): WorkerParts {
  const { defaultQueue, maxMessageBytes, resultsExpireIn, callbackArgs } = server.config;
  return {
    broker,
    backend,
    clock,
    logger: silentLogger,
    limits: messageLimits({ maxBytes: maxMessageBytes }),
    defaultQueue,
    resultTtlMs: resultsExpireIn * 1000,
    callbackArgs,
    signals: false,
  };
}
