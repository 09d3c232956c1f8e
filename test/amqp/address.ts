import type { AmqpAddress } from "../../src/amqp/connections.js";
import type { AmqpEndpoint } from "../../src/amqp/endpoint.js";
import { parseServiceUrl } from "../../src/config/url.js";

const noTls = { ca: "", cert: "", key: "", insecure: false };

/** Where these URLs lead, as `connect` would say it. */
export function amqpAddress(...urls: readonly [string, ...string[]]): AmqpAddress {
  return { endpoints: urls.map(endpoint) as [AmqpEndpoint, ...AmqpEndpoint[]], tls: noTls };
}

function endpoint(url: string): AmqpEndpoint {
  const { username, password, hosts, path } = parseServiceUrl(url, "broker");
  return { secure: false, host: hosts[0]!.name, port: hosts[0]!.port, username, password, vhost: path || "/" };
}
