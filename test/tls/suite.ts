import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext, TestFn } from "ava";
import { MachineryError, Server, type ServerOptions, signature, silentLogger } from "machinery-ts";
import { type Certificate, makeCertificate } from "../services/certificate.js";

/** A server with a certificate, started for one test file. */
export interface TlsServer {
  /** By the name that the certificate is for. */
  readonly url: string;
  /** By an address that it is not for. */
  readonly otherUrl: string;
  /** The same port, asked without TLS; absent where it takes that as well. */
  readonly plainUrl?: string;
  /** A port that knows no TLS, asked for it; absent where there is none. */
  readonly toPlainPort?: string;
}

export interface TlsSubject {
  readonly name: string;
  /** What a URL is, as settings of a `Server`. */
  options(url: string): ServerOptions;
  /** Starts it with a certificate for `localhost` and nobody else. */
  start(t: ExecutionContext, certificate: Certificate): Promise<TlsServer>;
}

/** More than any refusal may take; a connection that hangs takes for ever. */
const patienceMs = 20_000;

/** What TLS is for: the right server is talked to, any other is not, and who is refused is told why. */
export function tlsSuite(test: TestFn, { name, options, start }: TlsSubject): void {
  test(`${name}: a server's certificate is checked`, async (t) => {
    t.timeout(120_000);
    const [own, other] = await Promise.all([makeCertificate("DNS:localhost"), makeCertificate("DNS:localhost")]);
    const server = await start(t, own);
    const connect = (url: string, more: ServerOptions) =>
      Server.connect({ defaultQueue: "tls", logger: silentLogger, ...options(url), ...more });
    const refused = async (what: string, url: string, more: ServerOptions, reason: RegExp) => {
      const tried = connect(url, more).then(
        async (opened) => {
          await opened.close();
          return "it was let in";
        },
        (error: unknown) => error,
      );
      const error = await Promise.race([tried, sleep(patienceMs, "it hangs", { ref: false })]);
      if (!(error instanceof MachineryError)) return t.fail(`${what}: ${error}`);
      t.regex(error.code, /^ERR_(?:BROKER|BACKEND)$/, what);
      t.regex(error.message, reason, what);
      t.regex(error.message, /(?:localhost|127\.0\.0\.1):\d+/, what);
      t.log(`${what}: ${error.message}`);
    };

    const works = async (more: ServerOptions) => {
      await using sender = await connect(server.url, more);
      sender.registerTask("add", (a: bigint, b: bigint) => a + b);
      const worker = sender.newWorker("w");
      await worker.start();
      const sum = await sender.sendTask(
        signature({ name: "add", args: [1n, 2n].map((value) => ({ type: "int64" as const, value })) }),
      );
      t.is(await sum.get({ timeoutMs: patienceMs }), 3n);
      await worker.stop();
      return sender.config.warnings;
    };
    t.deepEqual(await works({ tls: { ca: own.cert } }), []);
    const warnings = await works({ insecureTls: true });
    t.regex(warnings.join(), /certificates of servers are not checked/);

    await refused("a certificate of nobody's", server.url, {}, /an authority that is not trusted here.*tls\.ca/);
    await refused("another authority", server.url, { tls: { ca: other.cert } }, /an authority that is not trusted here.*tls\.ca/);
    await refused("another host", server.otherUrl, { tls: { ca: own.cert } }, /certificate is for another host/);
    if (server.plainUrl !== undefined) await refused("no TLS where it is due", server.plainUrl, {}, /./);
    if (server.toPlainPort !== undefined)
      await refused("TLS where there is none", server.toPlainPort, { tls: { ca: own.cert } }, /./);
  });
}
