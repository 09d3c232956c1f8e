import type { Writable } from "node:stream";
import { type ChannelModel, connect } from "amqplib";
import { gatherWrites } from "./gathered-writes.js";

/** One RabbitMQ to connect to. */
export interface AmqpEndpoint {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Empty, with an empty password: `guest`. */
  readonly username: string;
  readonly password: string;
  /** The virtual host. */
  readonly vhost: string;
  /** Seconds; 0 for none. Default 10: RabbitMQ's own 60 would notice a dead peer after two minutes. */
  readonly heartbeat?: number;
  /** How long connecting may take, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  readonly channelMax?: number;
  readonly frameMax?: number;
}

/** PEM text; empty where there is none. */
export interface AmqpTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Accept any certificate. */
  readonly insecure: boolean;
}

const defaultHeartbeat = 10;
export const defaultConnectTimeoutMs = 10_000;

/** An endpoint in messages: no secret in it. */
export function placeOf({ host, port, vhost }: AmqpEndpoint): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return vhost === "/" ? `${name}:${port}` : `${name}:${port}, virtual host ${vhost}`;
}

/** @param purpose what the connection is for, as RabbitMQ's own lists show it */
export async function connectTo(endpoint: AmqpEndpoint, tls: AmqpTls, purpose: string): Promise<ChannelModel> {
  const { secure, host, port, username, password, vhost, channelMax, frameMax } = endpoint;
  const isAnonymous = username === "" && password === "";
  const model = await connect(
    {
      protocol: secure ? "amqps" : "amqp",
      hostname: host,
      port,
      username: isAnonymous ? "guest" : username,
      password: isAnonymous ? "guest" : password,
      // amqplib decodes it once more.
      vhost: encodeURIComponent(vhost),
      heartbeat: endpoint.heartbeat ?? defaultHeartbeat,
      ...(channelMax !== undefined && { channelMax }),
      ...(frameMax !== undefined && { frameMax }),
    },
    {
      // Without it amqplib waits for more to send: 40 ms a message.
      noDelay: true,
      timeout: endpoint.connectTimeoutMs ?? defaultConnectTimeoutMs,
      clientProperties: { connection_name: purpose },
      ...(secure && tlsOptions(host, tls)),
    },
  );
  // Its types do not show it.
  gatherWrites((model.connection as unknown as { readonly stream: Writable }).stream);
  return model;
}

function tlsOptions(host: string, { ca, cert, key, insecure }: AmqpTls) {
  return {
    minVersion: "TLSv1.2" as const,
    servername: /^[\d.]+$|:/.test(host) ? "" : host,
    rejectUnauthorized: !insecure,
    ...(ca !== "" && { ca }),
    ...(cert !== "" && { cert }),
    ...(key !== "" && { key }),
  };
}
