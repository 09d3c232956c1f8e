/** RabbitMQ counts in 32 bits. */
const longestMs = 4_000_000_000;

/** How long a message or a queue lives, in milliseconds, as RabbitMQ takes it. */
export const inRange = (ms: number): number => Math.min(Math.ceil(ms), longestMs);
