import type { GoType } from "../wire/go-types.js";

/** What some versions of Go Machinery cannot take, and the versions that can; major version → the first of them. */
export interface GoFault {
  readonly mended: { readonly v1: string; readonly v2: string };
  /** Whether the types of a task's arguments give occasion to it. */
  concerns(takes: readonly GoType[]): boolean;
  /** Whether a call does: arguments by type, with their values as they are in JSON. Without this, every call. */
  readonly strikes?: (type: string, value: unknown) => boolean;
  readonly what: string;
}

const largestInt64 = 2n ** 63n - 1n;

/** The faults of Go Machinery's workers that a sender can know of. */
export const goFaults: readonly GoFault[] = [
  {
    mended: { v1: "v1.10.7", v2: "v2.0.12" },
    concerns: (takes) => takes.some((type) => unsigned.test(type)),
    strikes: (type, value) => unsigned.test(type) && [value].flat().some(isBeyondInt64),
    what: "refuse an unsigned integer above 9223372036854775807, and the task fails",
  },
  {
    mended: { v1: "v1.6.9", v2: "v2.0.0" },
    concerns: (takes) => takes.includes("[]uint8"),
    what: "cannot read a []uint8, and the task fails",
  },
];

const unsigned = /^(?:\[\])?uint(?:64)?$/;

function isBeyondInt64(value: unknown): boolean {
  return typeof value === "bigint" && value > largestInt64;
}

/** Whether the fault is in `servedBy`, a contract's `go` or `go v1.10.8`. */
export function hasFault({ mended }: GoFault, servedBy: string): boolean {
  const [, version] = servedBy.split(" ");
  if (version === undefined) return true;
  return isOlder(version, version.startsWith("v1.") ? mended.v1 : mended.v2);
}

function isOlder(version: string, than: string): boolean {
  const a = version.slice(1).split(".").map(Number);
  const b = than.slice(1).split(".").map(Number);
  const differs = a.findIndex((part, i) => part !== b[i]);
  return differs >= 0 && a[differs]! < b[differs]!;
}
