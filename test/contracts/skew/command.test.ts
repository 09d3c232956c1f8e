import test from "ava";
import { Server, silentLogger } from "machinery-ts";
import { definitions } from "../../../generated/definitions.js";
import * as handlers from "../../../tasks/index.js";
import { machinery, temporaryStore } from "../../cli/command.js";
import { dispatch } from "../../worker/tutorial.js";
import { int, message } from "./stage.js";

test("machinery skew says what waits and who runs it, and exits with 1 where nobody knows a version", async (t) => {
  const env = await temporaryStore(t);
  await using server = await Server.connect({ broker: env.BROKER, logger: silentLogger });
  await using worker = server.newWorker("w1", { handlers: dispatch(handlers) });
  await worker.start();
  const later = { ETA: new Date(Date.now() + 3_600_000).toISOString() };
  await server.sendRaw(message([int(1)], definitions.add.hash, later));
  const skew = () => machinery(["skew", "--wait", "1s"], { env });

  const healthy = await skew();
  t.is(healthy.code, 0, healthy.stdout);
  t.true(healthy.stdout.split("\n").includes(`add ${definitions.add.hash}: 1 delayed; run by w1`));
  t.true(healthy.stdout.split("\n").includes(`none ${definitions.none.hash}: none waits; run by w1`));
  t.is(healthy.stderr, "machinery_tasks\n  workers that answered: w1\n");

  await server.sendRaw(message([int(1)], "0123456789abcdef", later));
  const ill = await skew();
  t.is(ill.code, 1);
  t.true(ill.stdout.split("\n").includes("add 0123456789abcdef: 1 delayed; only validated by w1"));
});
