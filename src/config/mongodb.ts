import type { Config } from "./config.js";
import type { ServiceUrl } from "./url.js";

/**
 * What MongoDB's driver is told: the URL put together again, without the login, which goes by itself. The database is the path's, as in
 * Machinery's version of 2017; without one the setting's, as in its version 2.
 */
export function mongodbOptions(
  { scheme, username, password, hosts, path, options }: ServiceUrl,
  { tls, insecureTls, mongodb }: Config,
) {
  const names = hosts.map(({ name, port }) => `${name.includes(":") ? `[${name}]` : name}${port === 0 ? "" : `:${port}`}`);
  const query = new URLSearchParams([...options]).toString();
  return {
    url: `${scheme}://${names.join()}/${encodeURIComponent(path)}${query === "" ? "" : `?${query}`}`,
    username,
    password,
    database: path || mongodb.database,
    client: {
      ...(tls.ca !== "" && { ca: tls.ca }),
      ...(tls.cert !== "" && { cert: tls.cert }),
      ...(tls.key !== "" && { key: tls.key }),
      ...(insecureTls && { tlsAllowInvalidCertificates: true }),
    },
  };
}
