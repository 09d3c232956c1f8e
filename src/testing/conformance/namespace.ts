import { randomBytes } from "node:crypto";

/** A name that no other test uses, and that tells in keys and logs which test it is: letters, digits and dashes, 60 at most. */
export function namespaceOf(subject: string, title: string): string {
  const slug = `${subject} ${title}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 48);
  return `${slug}-${randomBytes(5).toString("hex")}`;
}
