import { Server, type ServerOptions, silentLogger } from "machinery-ts";
import { LedgerClient } from "./ledger-client.js";
import { type Send, sendAll } from "./sends.js";

/** What a sender process is told, as JSON in its first argument. */
export interface SenderOrders {
  readonly broker: string;
  readonly resultBackend: string;
  readonly amqp: NonNullable<ServerOptions["amqp"]>;
  /** What the sentinels call the master, where the URLs are those of sentinels. */
  readonly masterName?: string | undefined;
  readonly queue: string;
  readonly ledger: string;
  readonly sends: readonly Send[];
}

const { broker, resultBackend, amqp, masterName = "", queue, ledger: path, sends } = JSON.parse(process.argv[2]!) as SenderOrders;
const ledger = await LedgerClient.connect(path);
const server = await Server.connect({
  broker,
  resultBackend,
  amqp,
  defaultQueue: queue,
  redis: { masterName },
  logger: silentLogger,
});
// One after another, so that some have been confirmed by the time that the process dies.
for (const send of sends) await sendAll(server, ledger, [send]);
await server.close();
await ledger.ask({ op: "progress" });
ledger.close();
process.disconnect?.();
