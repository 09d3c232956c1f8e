import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ownLeash } from "./leash.js";

const run = promisify(execFile);
const file = fileURLToPath(new URL("../../../docker-compose.yml", import.meta.url));
const project = ["compose", "--file", file, "--project-name", `machinery-test-${process.pid}`];
/** Without numbers Docker takes free ports, so that a `docker compose up` of the user's goes on beside the tests. */
const noPorts = { REDIS: "", RABBITMQ: "", RABBITMQ_UI: "", MEMCACHED: "", MONGODB: "" };
const ports = Object.fromEntries(Object.entries(noPorts).map(([name, port]) => [`MACHINERY_${name}_PORT`, port]));
const compose = (...args: string[]) => run("docker", [...project, ...args], { env: { ...process.env, ...ports } });

let isThere: Promise<boolean> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** Whether there is a Docker engine, and a container for this service of docker-compose.yml could be made: its image is there then. */
export async function canRunInDocker(service: string): Promise<boolean> {
  isThere ??= findCompose();
  if (!(await isThere)) return false;
  // One after the other: the first makes the project's network.
  const created = last.then(() => succeeds(compose("create", service)));
  last = created;
  return await created;
}

async function findCompose(): Promise<boolean> {
  const found = await succeeds(Promise.all([run("docker", ["info"], { timeout: 10_000 }), run("docker", ["compose", "version"])]));
  if (found) ownLeash().runAtEnd(["docker", ...project, "down", "--volumes"].map((word) => `'${word}'`).join(" "));
  return found;
}

/** Starts a service of docker-compose.yml in a project of this process's own; its port here, and what runs a program in it. */
export async function startInDocker(service: string, port: number): Promise<{ port: number; exec: readonly string[] }> {
  await compose("up", "--wait", service);
  const { stdout } = await compose("port", service, String(port));
  return { port: Number(/:(\d+)\s*$/.exec(stdout)?.[1]), exec: ["docker", ...project, "exec", "-T", service] };
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
