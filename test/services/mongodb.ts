import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { ExecutionContext } from "ava";
import type { Certificate } from "./certificate.js";
import { buildFerretdb, findFerretdb } from "./ferretdb.js";
import { freePort } from "./free-port.js";
import type { ServiceKind } from "./kinds.js";
import { findProgram, firstMatch } from "./program.js";
import { type Recipe, Server } from "./server.js";

/** A mongod, else a FerretDB, which speaks MongoDB's protocol and keeps its data in SQLite. */
export const findMongodb = async () => (await findProgram("mongod")) ?? (await findFerretdb());

export function mongodbRecipe(program: string, args: readonly string[] = []): Recipe {
  const url = (port: number) => `mongodb://127.0.0.1:${port}`;
  return {
    name: "mongodb",
    program,
    prepare: async ({ port, folder }) => ({ args: [...(isFerretdb(program) ? ferretdb : mongod)(port, folder), ...args] }),
    isReady: ({ port }) => respondsTo(`${url(port)}/?serverSelectionTimeoutMS=1000`),
    url: ({ port }) => `${url(port)}/machinery`,
  };
}

/** FerretDB 1 goes through its whole collections: twice the tasks cost it four times the work. */
export const isFerretdb = (program: string) => basename(program) === "ferretdb";

const mongod = (port: number, folder: string) => [
  "--port",
  String(port),
  "--bind_ip",
  "127.0.0.1",
  "--dbpath",
  folder,
  "--nounixsocket",
];

const ferretdb = (port: number, folder: string) => [
  "--handler=sqlite",
  `--sqlite-url=file:${folder}/?_pragma=synchronous(off)`,
  `--state-dir=${folder}`,
  `--listen-addr=127.0.0.1:${port}`,
  "--debug-addr=-",
  "--telemetry=disable",
  "--log-level=warn",
];

async function respondsTo(url: string): Promise<boolean> {
  const { MongoClient } = await import("mongodb");
  const client = new MongoClient(url);
  try {
    await client.db("admin").command({ ping: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

/** A MongoDB of the test's own: `mongod`, or FerretDB. It ends with the test. */
export async function startMongodb(t: ExecutionContext, args: readonly string[] = []): Promise<Server> {
  const program = await findMongodb();
  if (program === undefined) throw new Error("there is neither a mongod on the PATH nor a FerretDB");
  const server = await Server.start(mongodbRecipe(program, args));
  t.teardown(() => server.dispose());
  return server;
}

/**
 * A MongoDB of the test's own that speaks TLS as well: where, and where not. A `mongod` does both on one port, and then the second is
 * absent.
 */
export async function startMongodbWithTls(
  t: ExecutionContext,
  { cert, key }: Certificate,
): Promise<{ readonly port: number; readonly plainPort?: number }> {
  if (isFerretdb((await findMongodb()) ?? "")) {
    const port = await freePort();
    const files = [`--listen-tls-cert-file=${cert}`, `--listen-tls-key-file=${key}`];
    const { port: plainPort } = await startMongodb(t, [`--listen-tls=127.0.0.1:${port}`, ...files]);
    return { port, plainPort };
  }
  const both = `${cert}.both`;
  await writeFile(both, (await Promise.all([cert, key].map((path) => readFile(path)))).join(""));
  const { port } = await startMongodb(t, ["--tlsMode", "allowTLS", "--tlsCertificateKeyFile", both]);
  return { port };
}

export const mongodbKind: ServiceKind = {
  variable: "MONGODB_URL",
  compose: { service: "mongodb", port: 27017, url: (port) => `mongodb://127.0.0.1:${port}/machinery` },
  find: findMongodb,
  describe: async (program) =>
    isFerretdb(program)
      ? `FerretDB ${await firstMatch(program, ["--version"], /version: v(\S+)/)} with SQLite`
      : `mongod ${await firstMatch(program, ["--version"], /version v(\S+)/)}`,
  build: buildFerretdb,
  advice: "install MongoDB, or Go 1.21 or newer to build FerretDB",
  start: (program) => Server.start(mongodbRecipe(program)),
};
