import { randomBytes } from "node:crypto";
import { inspect } from "node:util";

/** A password that cannot be met by chance, with what URLs, JSON and regular expressions treat apart. */
export interface Secret {
  readonly text: string;
  /** As it stands in a URL. */
  readonly encoded: string;
  /** The form in which it stands in a text, if it does. */
  foundIn(text: string): string | undefined;
}

export function makeSecret(user: string): Secret {
  const core = randomBytes(9).toString("hex");
  const text = `p${core}/@:é%#?&"$x`;
  const encoded = encodeURIComponent(text);
  const base64 = (plain: string) => [Buffer.from(plain).toString("base64"), Buffer.from(plain).toString("base64url")];
  const whole = [text, `${user}:${text}`, `\0${user}\0${text}`];
  const forms = [
    // The part that no escaping changes: whatever form it is in, this is in it.
    core,
    ...whole.flatMap(base64),
    Buffer.from(text).toString("hex"),
    Buffer.from(core).toString("base64").slice(2, -4),
  ].map((form) => form.replace(/=+$/, ""));
  return { text, encoded, foundIn: (output) => forms.find((form) => output.includes(form)) };
}

/** All that anybody could print of a value: as Node shows it, as JSON, and of an error what lies behind it too. */
export function everythingOf(value: unknown): string {
  const shown = [inspect(value, { depth: 12, showHidden: true, maxArrayLength: 1_000, maxStringLength: 100_000 })];
  try {
    shown.push(JSON.stringify(value) ?? "");
  } catch {
    // Then nobody can log it so either.
  }
  for (let at = value; at instanceof Error; at = at.cause) shown.push(String(at), at.stack ?? "");
  return shown.join("\n");
}
