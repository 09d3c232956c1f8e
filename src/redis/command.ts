import { isAscii } from "node:buffer";
import { type Cluster, Command, type Redis } from "ioredis";

type NetStream = Redis["stream"];

/** Bytes go as a Buffer: another Uint8Array would be written as text. */
export type CommandArgument = string | number | Buffer;
/** May be nested once, to save copying. */
export type CommandArguments = readonly (CommandArgument | readonly CommandArgument[])[];

/**
 * Sends a command. What it answers is never read as text: payloads need not be any. All commands of one turn of the event loop leave in one
 * write: each write costs more than all else about a small command.
 */
export function sendCommand(client: Redis | Cluster, name: string, args: CommandArguments): Promise<unknown> {
  // A cluster's nodes have streams of their own.
  if (!client.isCluster) holdBack((client as Redis).stream as NetStream | undefined);
  return client.sendCommand(new Command(name, args as never, { replyEncoding: null })) as Promise<unknown>;
}

const heldBack = new Set<NetStream>();

function holdBack(stream: NetStream | undefined): void {
  if (stream === undefined || heldBack.has(stream)) return;
  if (heldBack.size === 0) process.nextTick(letGo);
  heldBack.add(stream);
  stream.cork();
}

function letGo(): void {
  for (const stream of heldBack) stream.uncork();
  heldBack.clear();
}

/** The same bytes as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** From so many bytes on a buffer is cheaper to write than text. */
const LARGE = 8 * 1024;

/**
 * The same bytes as an argument: short ones as text where that comes to the same, since ioredis writes a command of text alone at half the
 * cost.
 */
export function asArgument(bytes: Uint8Array): CommandArgument {
  const buffer = asBuffer(bytes);
  return buffer.byteLength < LARGE && isAscii(buffer) ? buffer.toString("latin1") : buffer;
}
