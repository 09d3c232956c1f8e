import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { ExecutionContext } from "ava";
import type { ServiceKind } from "./kinds.js";
import { namespace } from "./namespace.js";
import { answers } from "./probe.js";
import { findProgram } from "./program.js";
import { type Place, type Recipe, Server } from "./server.js";

/** The program itself: what Debian has on the PATH changes to a user and a folder of its own. */
export const findRabbitmq = () => findProgram("rabbitmq-server", ["/usr/lib/rabbitmq/bin"]);

export interface RabbitmqSettings {
  /** Lines of rabbitmq.conf. */
  readonly config?: readonly string[];
  /** Such as `rabbitmq_management`; none. */
  readonly plugins?: readonly string[];
}

/** How to call the rabbitmqctl of a node. */
export interface Management {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A RabbitMQ node with its own name, folder and ports, and its own epmd, where Erlang's nodes find each other. */
export class Rabbitmq {
  readonly node: Server;
  readonly management: Management;
  readonly #epmd: Server;

  private constructor(node: Server, epmd: Server, management: Management) {
    this.node = node;
    this.#epmd = epmd;
    this.management = management;
  }

  /** Starts a node. With the tables of its first start to make, that takes some seconds. */
  static async start(program: string, settings: RabbitmqSettings = {}): Promise<Rabbitmq> {
    const epmd = await Server.start(await epmdRecipe());
    try {
      const node = await Server.start(nodeRecipe(program, epmd.port, settings));
      const management = { command: [join(dirname(program), "rabbitmqctl")], env: environment(node.place, epmd.port) };
      return new Rabbitmq(node, epmd, management);
    } catch (error) {
      await epmd.dispose();
      throw error;
    }
  }

  get url(): string {
    return this.node.url;
  }

  /** Calls rabbitmqctl for this node, which takes a second or two; what it prints. */
  ctl(...args: string[]): Promise<string> {
    return rabbitmqctl(this.management, ...args);
  }

  async dispose(): Promise<void> {
    await this.node.dispose();
    await this.#epmd.dispose();
  }
}

/** Calls rabbitmqctl, which takes a second or two; what it prints. */
export async function rabbitmqctl({ command, env }: Management, ...args: string[]): Promise<string> {
  const [program, ...first] = command;
  const { stdout } = await promisify(execFile)(program!, [...first, "--quiet", ...args], { env: { ...process.env, ...env } });
  return stdout;
}

async function epmdRecipe(): Promise<Recipe> {
  return {
    name: "epmd",
    program: (await findProgram("epmd")) ?? "epmd",
    prepare: async ({ port }) => ({ args: ["-address", "127.0.0.1", "-port", String(port)] }),
    isReady: ({ port }) => answers(port, NAMES_REQUEST, /.{4}/s),
    url: ({ port }) => `epmd://127.0.0.1:${port}`,
  };
}

const NAMES_REQUEST = Uint8Array.of(0, 1, "n".charCodeAt(0));

function nodeRecipe(program: string, epmdPort: number, { config = [], plugins = [] }: RabbitmqSettings): Recipe {
  return {
    name: "rabbitmq",
    program,
    async prepare(place) {
      await rm(join(place.folder, "pid"), { force: true });
      const limits = ["disk_free_limit.absolute = 50MB", "loopback_users = none"];
      await writeFile(join(place.folder, "rabbitmq.conf"), [...limits, ...config, ""].join("\n"));
      await writeFile(join(place.folder, "enabled_plugins"), `[${plugins.join(",")}].\n`);
      return { args: [], env: environment(place, epmdPort) };
    },
    isReady: ({ port }) => answers(port, AMQP_HEADER, /cluster_name/),
    url: ({ port }) => `amqp://guest:guest@127.0.0.1:${port}/`,
    // The script waits for the node, and ends with it.
    mainPid: ({ folder }) => Number(readFileSync(join(folder, "pid"), "utf8")),
  };
}

const AMQP_HEADER = Uint8Array.of(...Buffer.from("AMQP"), 0, 0, 9, 1);

/** What keeps a node, and those who manage it, away from every other RabbitMQ and from the settings of this machine. */
function environment({ port, folder }: Place, epmdPort: number): Record<string, string> {
  return {
    HOME: folder, // where the cookie is
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `machinery-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(port + 10_000),
    RABBITMQ_CONF_ENV_FILE: join(folder, "none"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced.config"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_MNESIA_BASE: folder,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: "-",
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
  };
}

/** A virtual host of the test's own on a RabbitMQ that was started here, deleted after the test; its URL. */
export async function ownVhost(
  t: ExecutionContext,
  { url, management }: { url: string; management?: Management },
): Promise<string> {
  if (management === undefined) throw new Error("this RabbitMQ is the user's own, and not to be managed: use startRabbitmq");
  const name = namespace(t);
  await rabbitmqctl(management, "add_vhost", name);
  t.teardown(() => rabbitmqctl(management, "delete_vhost", name));
  await rabbitmqctl(management, "set_permissions", "--vhost", name, "guest", ".*", ".*", ".*");
  return new URL(name, url).href;
}

/** A RabbitMQ of the test's own, which ends with the test. It takes some seconds: tests that can share one have a virtual host each. */
export async function startRabbitmq(t: ExecutionContext, settings: RabbitmqSettings = {}): Promise<Rabbitmq> {
  const program = await findRabbitmq();
  if (program === undefined) throw new Error("rabbitmq-server is not on the PATH");
  const rabbitmq = await Rabbitmq.start(program, settings);
  t.teardown(() => rabbitmq.dispose());
  return rabbitmq;
}

export const rabbitmqKind: ServiceKind = {
  variable: "AMQP_URL",
  compose: {
    service: "rabbitmq",
    port: 5672,
    url: (port) => `amqp://guest:guest@127.0.0.1:${port}/`,
    management: (exec) => ({ command: [...exec, "rabbitmqctl"], env: {} }),
  },
  find: findRabbitmq,
  // Asking it takes a second.
  describe: async (program) => `RabbitMQ ${/rabbitmq[_-]server-([\d.]+)/.exec(await realpath(program))?.[1] ?? ""}`.trim(),
  debian: "rabbitmq-server",
  advice: "install rabbitmq-server",
  start: (program) => Rabbitmq.start(program),
};
