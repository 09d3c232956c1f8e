/** A text may hold anything. */
export function text(x: number, y: number, content: string, style = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${round(x)}" y="${round(y)}"${style === "" ? "" : ` class="${style}"`}>${escaped}</text>`;
}

export function rect(x: number, y: number, width: number, height: number, style: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" class="${style}"/>`;
}

export function path(points: readonly (readonly [x: number, y: number])[], style: string): string {
  return `<path d="M${points.map((point) => point.map(round).join(" ")).join("L")}" class="${style}"/>`;
}

/** A whole picture, readable on a light page and on a dark one. */
export function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}</style>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #24292f; }
.head { font-weight: 600; }
.dim { fill: #6e7781; font-size: 11px; }
.right { text-anchor: end; }
.middle { text-anchor: middle; }
.other { fill: #b6c0cc; }
.own, .own-text { fill: #1f77d0; }
.own-text { font-weight: 600; }
.spread { stroke: #57606a; fill: none; }
.axis { stroke: #d0d7de; fill: none; }
.line { stroke-width: 2; fill: none; }
.c0 { stroke: #1f77d0; } .c1 { stroke: #d9822b; } .c2 { stroke: #2da44e; }
.t0 { fill: #1f77d0; } .t1 { fill: #d9822b; } .t2 { fill: #2da44e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .dim { fill: #9198a1; }
  .other { fill: #59636e; }
  .own, .own-text { fill: #58a6ff; }
  .spread { stroke: #c9d1d9; }
  .axis { stroke: #3d444d; }
}
`;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
