/** A line of output that GitHub Actions shows at a place in a file. */
export interface Annotation {
  readonly kind: "error" | "warning" | "notice";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly title: string;
  readonly message: string;
}

/** As a workflow command; no text in it can be taken for another one. */
export function annotation({ kind, file, line, column, title, message }: Annotation): string {
  return `::${kind} file=${property(file)},line=${line},col=${column},title=${property(title)}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
