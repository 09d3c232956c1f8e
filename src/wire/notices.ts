/*
 * What goes over a broker's notices: small JSON objects, told to whoever listens now. (Machinery has none.) Whoever can reach the broker
 * can tell anything, so that readers take what makes sense and leave the rest.
 */

/** Where workers hear which tasks are to end. */
export const cancelTopic = "cancel";

/** Where a task tells how far it has come. */
export const progressTopic = (uuid: string): string => `progress:${uuid}`;

/** With ids of 200 characters at most, as the wire has them, a notice stays below its 64 KiB. */
const idsPerNotice = 300;

/** One body for every few hundred ids. */
export function encodeCancel(uuids: readonly string[]): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (let i = 0; i < uuids.length; i += idsPerNotice) {
    bodies.push(Buffer.from(JSON.stringify({ uuids: uuids.slice(i, i + idsPerNotice) })));
  }
  return bodies;
}

export function decodeCancel(body: Uint8Array): string[] {
  const { uuids } = read(body);
  return Array.isArray(uuids) ? uuids.filter((uuid) => typeof uuid === "string") : [];
}

function read(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // It is none of ours.
  }
  return {};
}
