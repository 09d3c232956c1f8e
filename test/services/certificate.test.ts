import { readFile } from "node:fs/promises";
import { Redis } from "ioredis";
import { makeCertificate } from "./certificate.js";
import { freePort } from "./free-port.js";
import { startRedis } from "./redis.js";
import { ownServers } from "./service.js";

const test = await ownServers("redis");

test("a server with a certificate is trusted by who knows it, and by nobody else", async (t) => {
  const [own, other] = await Promise.all([makeCertificate(), makeCertificate()]);
  const port = await freePort();
  await startRedis(t, {
    "tls-port": port,
    "tls-cert-file": own.cert,
    "tls-key-file": own.key,
    "tls-ca-cert-file": own.cert,
    "tls-auth-clients": "no",
  });
  const open = async (trusted: string) =>
    new Redis({ port, host: "127.0.0.1", tls: { ca: await readFile(trusted) }, lazyConnect: true, retryStrategy: () => null });
  const client = await open(own.cert);
  t.is(await client.ping(), "PONG");
  client.disconnect();
  const refused = await open(other.cert);
  const reason = new Promise<Error>((resolve) => refused.once("error", resolve));
  await t.throwsAsync(refused.connect());
  t.regex((await reason).message, /self-signed certificate/);
});
