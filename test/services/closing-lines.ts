import { Transform } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** AVA draws a line before its last words, which say how many tests passed. */
const RULE = /^\s*─/;

/** Passes a text on, but holds back what follows the last line that AVA drew, until `release`. */
export class ClosingLines extends Transform {
  #rest = "";
  #held = "";

  override _transform(chunk: Buffer, _encoding: string, done: () => void): void {
    const lines = (this.#rest + chunk.toString()).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (RULE.test(stripVTControlCharacters(line))) {
        this.push(this.#held);
        this.#held = `${line}\n`;
      } else if (this.#held !== "") this.#held += `${line}\n`;
      else this.push(`${line}\n`);
    }
    done();
  }

  /** The last words, once the text has ended. */
  get closing(): string {
    return this.#held + this.#rest;
  }
}
