/** A fenced block of code. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** From a comment right before it: `<!-- mark -->`. */
  readonly mark?: string;
}

export function blocks(markdown: string): Block[] {
  const found = markdown.matchAll(/(?:^<!-- (.+?) -->\n)?^```(\w*)\n(.*?)^```$/gms);
  return [...found].map(([, mark, language, text]) => ({ language: language!, text: text!, ...(mark && { mark }) }));
}

/** Where its links lead, images too; code is no text to look for links in. */
export function links(markdown: string): string[] {
  const text = markdown.replace(/^```.*?^```$/gms, "").replace(/`[^`]*`/g, "");
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!);
}

/** What GitHub makes of a heading, for `#anchors`. */
export function anchors(markdown: string): string[] {
  const headings = markdown.replace(/^```.*?^```$/gms, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** A command, and the lines that it prints. */
export interface Command {
  readonly line: string;
  readonly output: readonly string[];
}

/** The commands of a `console` block, after a `$` each. */
export function commands({ text }: Block): Command[] {
  const [, ...parts] = `\n${text.trimEnd()}`.split("\n$ ");
  return parts.map((part) => {
    const [line, ...output] = part.split("\n");
    return { line: line!, output };
  });
}

/** Whether a line is what a document shows, where `…` stands for anything. */
export function isLike(line: string, shown: string): boolean {
  const parts = shown.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(line);
}
