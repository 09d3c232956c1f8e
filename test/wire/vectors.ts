import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../../test/vectors/go-machinery-v1.4.5/", import.meta.url);

/** What Go Machinery v1.4.5 wrote: the file's name and its text. */
export interface Vector {
  readonly file: string;
  readonly text: string;
}

/** The vectors whose names begin so. A file without a text is one for which Go had stored nothing. */
export function vectors(prefix: string): Vector[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(prefix))
    .map((file) => ({ file, text: readFileSync(new URL(file, folder), "utf8").trim() }))
    .filter(({ text }) => text !== "");
}

export function vector(file: string): string {
  return readFileSync(new URL(file, folder), "utf8").trim();
}

/** A JSON text as its tokens, strings unescaped and numbers digit by digit: equal lists are equal values in equal order. */
export function tokens(json: string): string[] {
  const list: string[] = [];
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[-+.\w]+|[[\]{}:,]/g)) {
    list.push(token.startsWith('"') ? `"${JSON.parse(token)}` : token);
  }
  return list;
}
