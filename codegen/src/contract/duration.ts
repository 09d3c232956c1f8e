const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `500ms`, `30s`, `5m`, `1h` in milliseconds; `undefined` of anything else. */
export function parseDuration(text: unknown): number | undefined {
  const match = typeof text === "string" ? /^([1-9][0-9]{0,8})(ms|s|m|h)$/.exec(text) : null;
  return match === null ? undefined : Number(match[1]) * milliseconds[match[2] as keyof typeof milliseconds];
}
