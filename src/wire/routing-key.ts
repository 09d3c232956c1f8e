/**
 * The queue that a message names: `""` if it names none, `undefined` if it is no signature. For brokers that must know it and do not know
 * what a signature is; nothing else of the message is looked at, nor checked.
 */
export function routingKeyOf(body: Uint8Array): string | undefined {
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  } catch {
    return undefined;
  }
  if (typeof message !== "object" || message === null || Array.isArray(message)) return undefined;
  const { Name, RoutingKey } = message as { Name?: unknown; RoutingKey?: unknown };
  if (typeof Name !== "string") return undefined;
  return typeof RoutingKey === "string" ? RoutingKey : "";
}
