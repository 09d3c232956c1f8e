/*
 * A stored message: a head of eight bytes, then the body as it was published. The head is the number of the queue (4 bytes), the
 * priority (1), and how often a claim on it ended by its holder's death (2); it goes along wherever the message is moved to.
 */
const headBytes = 8;
const at = { queue: 0, priority: 4, crashes: 6 };
const mostCrashes = 0xffff;

export function packEntry(queue: number, priority: number, crashes: number, body: Uint8Array): Buffer {
  const entry = Buffer.allocUnsafe(headBytes + body.byteLength);
  entry.writeUInt32LE(queue, at.queue);
  entry.writeUInt16LE(priority, at.priority);
  entry.writeUInt16LE(crashes, at.crashes);
  entry.set(body, headBytes);
  return entry;
}

export const queueOf = (entry: Buffer): number => entry.readUInt32LE(at.queue);
export const priorityOf = (entry: Buffer): number => entry.readUInt16LE(at.priority);
export const crashesOf = (entry: Buffer): number => entry.readUInt16LE(at.crashes);
/** The body, in the entry's own memory. */
export const bodyOf = (entry: Buffer): Buffer => entry.subarray(headBytes);

export function setCrashes(entry: Buffer, crashes: number): void {
  entry.writeUInt16LE(Math.min(crashes, mostCrashes), at.crashes);
}

/** A dead letter: when (8 bytes), the length of the reason (4), the reason, and the entry. */
export function packDeadLetter(entry: Buffer, reason: string, when: number): Buffer {
  const text = Buffer.from(reason, "utf8");
  const head = Buffer.allocUnsafe(12);
  head.writeDoubleLE(when, 0);
  head.writeUInt32LE(text.byteLength, 8);
  return Buffer.concat([head, text, entry]);
}

export function unpackDeadLetter(letter: Buffer): { readonly entry: Buffer; readonly reason: string; readonly at: number } {
  const start = 12 + letter.readUInt32LE(8);
  return { entry: letter.subarray(start), reason: letter.toString("utf8", 12, start), at: letter.readDoubleLE(0) };
}
