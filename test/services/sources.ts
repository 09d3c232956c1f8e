import { redactUrl } from "../../src/util/redact.js";
import { installPackage } from "./apt.js";
import { canRunInDocker, startInDocker } from "./docker.js";
import { type Kind, kinds, type ServiceKind } from "./kinds.js";
import type { Management } from "./rabbitmq.js";

/** A server that tests share. */
export interface Service {
  readonly kind: Kind;
  readonly url: string;
  /** Where it came from, for people. */
  readonly from: string;
  /** The rabbitmqctl of a RabbitMQ that was started here. */
  readonly management?: Management;
}

/** Where a shared server comes from: the user's own, docker-compose.yml, or a program of this machine. */
export type Source = { readonly kind: Kind } & (
  | { readonly url: string }
  | { readonly compose: true }
  | { readonly program: string }
);

/** There is no such server, and none can be had here. */
export class MissingServer extends Error {}

/**
 * Finds a server for tests to share, in that order.
 *
 * @param install whether to fetch a missing program, where that can be done
 * @throws MissingServer
 */
export async function findSource(kind: Kind, install: boolean): Promise<Source> {
  const url = process.env[kinds[kind].variable];
  if (url) return { kind, url };
  if (await canRunInDocker(kinds[kind].compose.service)) return { kind, compose: true };
  return { kind, program: await findProgramOf(kind, install) };
}

/** Starts the server, unless it is the user's own. It ends with this process. */
export async function startFrom(source: Source): Promise<Service> {
  const kind: ServiceKind = kinds[source.kind];
  if ("url" in source) return { ...source, from: `${kind.variable}, ${redactUrl(source.url)}` };
  if ("compose" in source) {
    const { service, port, url, management } = kind.compose;
    const container = await startInDocker(service, port);
    const manage = management && { management: management(container.exec) };
    return { kind: source.kind, url: url(container.port), from: `${service} of docker-compose.yml`, ...manage };
  }
  const { program } = source;
  const { url, management } = await kind.start(program);
  const from = `${await kind.describe(program)}, ${program}`;
  return { kind: source.kind, url, from, ...(management && { management }) };
}

/**
 * The program of a server on this machine.
 *
 * @throws MissingServer
 */
export async function findProgramOf(kind: Kind, install: boolean): Promise<string> {
  const { variable, advice, find, build, debian }: ServiceKind = kinds[kind];
  const found = await find();
  if (found !== undefined) return found;
  let reason = "";
  if (install) {
    try {
      if (debian !== undefined) await installPackage(debian);
      const program = (await find()) ?? (await build?.());
      if (program !== undefined) return program;
    } catch (error) {
      reason = ` (${(error as Error).message.trim().split("\n").at(-1)})`;
    }
  }
  throw new MissingServer(`no ${kind} here${reason}: set ${variable}, start Docker, or ${advice}`);
}
