import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ownLeash } from "./leash.js";

const run = promisify(execFile);
const file = fileURLToPath(new URL("../../../docker-compose.yml", import.meta.url));
const project = ["compose", "--file", file, "--project-name", `machinery-test-${process.pid}`];
/** Port 0 is a free one: the user's own `docker compose up` goes on beside the tests. */
const env = { ...process.env, RABBITMQ_PORT: "0", RABBITMQ_UI_PORT: "0", REDIS_PORT: "0", MEMCACHED_PORT: "0", MONGODB_PORT: "0" };

let isThere: Promise<boolean> | undefined;

/** Whether a Docker engine answers, and its client knows compose. */
export function hasDocker(): Promise<boolean> {
  isThere ??= Promise.all([run("docker", ["info"], { timeout: 10_000 }), run("docker", ["compose", "version"])]).then(
    () => true,
    () => false,
  );
  return isThere;
}

/** Starts a service of docker-compose.yml, in a project of this process's own, and gives the port that it has on this machine. */
export async function startInDocker(service: string, port: number): Promise<number> {
  ownLeash().runAtEnd(["docker", ...project, "down", "--volumes"].map((word) => `'${word}'`).join(" "));
  await run("docker", [...project, "up", "--wait", service], { env });
  const { stdout } = await run("docker", [...project, "port", service, String(port)], { env });
  return Number(/:(\d+)\s*$/.exec(stdout)?.[1]);
}
