import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/*
 * LMDB trusts its file: a foreign or truncated one ends the process with a segmentation fault, not with an error. So the head of
 * the file is looked at first. The layout is that of LMDB's data version 2, in the machine's byte order: two meta pages at the
 * file's start, each a page header of 24 bytes and then the numbers below.
 */
const magic = 0xbeefc0de;
const dataVersion = 2;
const offset = { magic: 24, version: 28, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152 };
const metaBytes = 160;
const noPage = 0xffffffffffffffffn;
/** Pages at the end that are free already when they are made are counted, but never written. */
const tailAllowance = 1024 * 1024;

/** How long a process takes at most to write a new file's head. */
const settleMs = 50;

/** What is wrong with a data file, or `undefined` if it is missing, empty (new), or looks sound. */
export function dataFileFault(path: string): string | undefined {
  if (look(path) === undefined) return undefined;
  // Another process may just be making it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, settleMs);
  return look(path);
}

/** The number of the last transaction that was committed; exact for whoever holds the writers' lock. */
export function lastTransaction(fd: number): number {
  const first = readMeta(fd, 0);
  const second = first && readMeta(fd, first.pageSize);
  if (second === undefined) throw new Error("data.mdb has lost its head");
  return Math.max(Number(first!.transaction), Number(second.transaction));
}

function look(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : `data.mdb cannot be read (${(error as Error).message})`;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return "data.mdb is not a file";
    if (stat.size === 0) return undefined;
    const first = readMeta(fd, 0);
    if (first === undefined) return "data.mdb is not an LMDB file of this version";
    const second = readMeta(fd, first.pageSize);
    if (second === undefined) return "data.mdb has only half of its head";
    const { lastPage, roots, pageSize } = second.transaction > first.transaction ? second : first;
    // Looked at after the head: others may be writing, and the file only grows.
    const { size } = fstatSync(fd);
    const pages = BigInt(Math.ceil(size / pageSize));
    const missing = (Number(lastPage) + 1) * pageSize - size;
    if (missing > tailAllowance || roots.some((root) => root !== noPage && root >= pages)) return "data.mdb has lost its end";
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function readMeta(fd: number, position: number) {
  const bytes = Buffer.alloc(metaBytes);
  if (readSync(fd, bytes, 0, metaBytes, position) < metaBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, metaBytes);
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (view.getUint32(offset.magic, little) !== magic || (view.getUint32(offset.version, little) & 0xffff) !== dataVersion)
    return undefined;
  const pageSize = view.getUint32(offset.pageSize, little);
  if (pageSize < 256 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) return undefined;
  return {
    pageSize,
    roots: [view.getBigUint64(offset.freeRoot, little), view.getBigUint64(offset.mainRoot, little)],
    lastPage: view.getBigUint64(offset.lastPage, little),
    transaction: view.getBigUint64(offset.transaction, little),
  };
}
