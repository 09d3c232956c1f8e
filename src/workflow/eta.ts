/** When a signature is due, milliseconds since the epoch; `undefined`: at once. */
export function etaOf(signature: { options: { eta?: Date; delayMs?: number } }, now: number): number | undefined {
  const { eta, delayMs } = signature.options;
  return eta !== undefined ? eta.getTime() : delayMs === undefined ? undefined : now + delayMs;
}
