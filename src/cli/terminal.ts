import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Text in colour, where the stream is a terminal that shows colours and the user wants them (`NO_COLOR`, `FORCE_COLOR`). */
export function paint(stream: NodeJS.WriteStream, format: Format, text: string): string {
  return stream.isTTY && stream.hasColors() ? styleText(format, text, { validateStream: false }) : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text that cannot steer the terminal it is shown on. Where the stream is none, it stays exactly as it is. */
export function printable(text: string, stream: NodeJS.WriteStream): string {
  if (!stream.isTTY) return text;
  return text.replace(controls, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
