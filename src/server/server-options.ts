import { type Config, resolveConfig } from "../config/config.js";
import type { ConfigOptions } from "../config/options.js";
import { createLogger, type Logger, withRedaction } from "../logger.js";
import { type Clock, systemClock } from "../util/clock.js";

export interface ServerOptions extends ConfigOptions {
  /** Where the library logs to. Default: pino, JSON lines on stderr. */
  readonly logger?: Logger;
  /** The time by which the library lives. Default: the system's. For tests. */
  readonly clock?: Clock;
}

/** With defaults for what is left out; what the user should know of the configuration is logged. */
export async function settleOptions({ logger: given, clock = systemClock, ...settings }: ServerOptions): Promise<{
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
}> {
  const config = await resolveConfig(settings);
  const logger = given ? withRedaction(given) : createLogger();
  for (const warning of config.warnings) logger.warn(warning);
  return { config, logger, clock };
}
