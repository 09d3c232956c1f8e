import { isAscii } from "node:buffer";
import { type Cluster, Command, type Redis } from "ioredis";

/** Bytes go as a Buffer: another Uint8Array would be written as text. */
export type CommandArgument = string | number | Buffer;
/** May be nested once, to save copying. */
export type CommandArguments = readonly (CommandArgument | readonly CommandArgument[])[];

/** Sends a command. What it answers is never read as text: payloads need not be any. */
export function sendCommand(client: Redis | Cluster, name: string, args: CommandArguments): Promise<unknown> {
  return client.sendCommand(new Command(name, args as never, { replyEncoding: null })) as Promise<unknown>;
}

/** The same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same bytes as an argument: as text where that comes to the same, since ioredis writes a command of text alone at half the cost. */
export function asArgument(bytes: Uint8Array): CommandArgument {
  const buffer = asBuffer(bytes);
  return isAscii(buffer) ? buffer.toString("latin1") : buffer;
}
