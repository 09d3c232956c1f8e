import { accessSync, constants, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MachineryError } from "../errors.js";
import { dataFileFault } from "./data-file.js";

/** The version of what this release writes into a folder. A change that an older release would misread raises it. */
export const storeFormat = 1;

const markerName = "machinery.json";

/**
 * Makes `folder` a store's folder, or makes sure that it is one that this release can use.
 * @throws MachineryError `ERR_STORE`, which names the folder, the cause and the way out
 */
export function prepareFolder(folder: string): void {
  let entries: string[];
  try {
    mkdirSync(folder, { recursive: true });
    // Read before the marker: whoever creates a store writes the marker first.
    entries = readdirSync(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw folderError(folder, error);
  }
  const marker = readMarker(folder) ?? createMarker(folder, entries);
  checkFormat(folder, marker);
  const fault = dataFileFault(join(folder, "data.mdb"));
  if (fault !== undefined) {
    throw new MachineryError("ERR_STORE", `The store in ${folder} is damaged: ${fault}.`, {
      hint: "Restore the folder from a copy, or delete it to start with an empty store.",
    });
  }
}

function readMarker(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, markerName), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw folderError(folder, error);
  }
}

/** Several processes may do it at once: each puts the same marker in place, whole. */
function createMarker(folder: string, entries: readonly string[]): string {
  const foreign = entries.find((name) => !name.startsWith(markerName));
  if (foreign !== undefined) {
    throw new MachineryError("ERR_STORE", `The folder ${folder} holds other files (${foreign}), and no store.`, {
      hint: "Name an empty folder, or one that does not exist yet.",
    });
  }
  const marker = `${JSON.stringify({ store: "machinery-ts", format: storeFormat })}\n`;
  const draft = join(folder, `${markerName}.${process.pid}`);
  try {
    writeFileSync(draft, marker);
    renameSync(draft, join(folder, markerName));
    return marker;
  } catch (error) {
    throw folderError(folder, error);
  }
}

function checkFormat(folder: string, marker: string): void {
  let format: unknown;
  try {
    format = (JSON.parse(marker) as { format?: unknown } | null)?.format;
  } catch {
    format = undefined;
  }
  if (typeof format !== "number") {
    throw new MachineryError("ERR_STORE", `The store in ${folder} is damaged: ${markerName} cannot be understood.`, {
      hint: "Restore the folder from a copy, or delete it to start with an empty store.",
    });
  }
  if (format !== storeFormat) {
    throw new MachineryError(
      "ERR_STORE",
      `The store in ${folder} has format ${format}; this release knows format ${storeFormat}.`,
      {
        hint:
          format > storeFormat
            ? "Use the newer release of machinery-ts that wrote it, or another folder."
            : "Let the release that wrote it finish its tasks, then use an empty folder.",
      },
    );
  }
}

const causes: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOTDIR: ["it is not a folder", "Name a folder."],
  EEXIST: ["it is not a folder", "Name a folder."],
  EACCES: ["this process has no right to read and write it", "Change its owner or mode, or name another folder."],
  EPERM: ["this process has no right to read and write it", "Change its owner or mode, or name another folder."],
  EROFS: ["its disk is read-only", "Name a folder on a disk that can be written."],
  ENOSPC: ["its disk is full", "Free some space; what was stored before is unharmed."],
  EIO: ["its disk is full or failing (a write fell short)", "Look at the disk; what was stored before is unharmed."],
  EDQUOT: ["its disk quota is used up", "Free some space; what was stored before is unharmed."],
  EFBIG: ["its file has reached the largest size allowed", "Raise the limit; what was stored before is unharmed."],
  EMFILE: ["this process has too many files open", "Raise the limit of open files."],
  ENOMEM: ["there is not enough memory to map it", "Raise the limit of memory (ulimit -v)."],
};

/** What went wrong with the store's folder, in words, if it was that: an error with the system's or LMDB's code. */
export function folderError(folder: string, error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (error instanceof MachineryError || code === undefined) return error;
  const name = errnoName(code, String(message));
  const known = name === undefined ? undefined : causes[name];
  return new MachineryError("ERR_STORE", `The store in ${folder} cannot be used: ${known?.[0] ?? String(message)}.`, {
    ...(known && { hint: known[1] }),
    cause: error,
  });
}

/** LMDB gives the number of an error and the system's text for it, Node the name. */
function errnoName(code: unknown, message: string): string | undefined {
  if (typeof code === "string") return code;
  if (/^No space left/.test(message) || /MDB_MAP_FULL/.test(message)) return "ENOSPC";
  if (/^File too large/.test(message)) return "EFBIG";
  if (/^Input\/output error/.test(message)) return "EIO";
  if (/^Permission denied/.test(message)) return "EACCES";
  if (/^Disk quota exceeded/.test(message)) return "EDQUOT";
  if (/^Cannot allocate memory/.test(message)) return "ENOMEM";
  return undefined;
}
