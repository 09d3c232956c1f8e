/** A dead letter as it is stored: `{"at":…,"reason":…}`, a line feed, and the message as it was. */
export interface DeadLetter {
  readonly reason: string;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly at: number;
  readonly body: Buffer;
}

export function readDeadLetter(letter: Buffer): DeadLetter {
  const end = letter.indexOf("\n");
  try {
    const { at, reason } = JSON.parse(letter.toString("utf8", 0, end)) as { at: unknown; reason: unknown };
    if (end > 0 && typeof at === "number" && typeof reason === "string") return { reason, at, body: letter.subarray(end + 1) };
  } catch {
    // Not one of ours.
  }
  return { reason: "It was put here by somebody else.", at: 0, body: letter };
}
