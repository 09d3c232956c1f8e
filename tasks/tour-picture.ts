import { writeFile } from "node:fs/promises";
import { Presets, SingleBar } from "cli-progress";
import { chord, events, group, type Server } from "machinery-ts";
import { tasks } from "../generated/index.js";

const COLUMNS = 12;
const ROWS = 8;
/** Of a tile, in pixels. All tiles together travel in one message, which may have 1 MiB. */
const SIDE = 80;

/** In the valley of seahorses. */
const centre = { real: -0.7435669, imaginary: 0.1314023 };
const WIDTH = 0.0023;

/** Has a picture drawn by whatever workers there are in this process, and writes it; how long that took, in milliseconds. */
export async function drawMandelbrot(server: Server, path: string): Promise<number> {
  const step = WIDTH / (COLUMNS * SIDE);
  const left = centre.real - (COLUMNS * SIDE * step) / 2;
  const top = centre.imaginary + (ROWS * SIDE * step) / 2;
  const tiles = Array.from({ length: COLUMNS * ROWS }, (_, i) => {
    const [column, row] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    return tasks.mandelbrot_tile(left + column * SIDE * step, top - row * SIDE * step, step, SIDE);
  });

  const format = "  {bar} {value} of {total} tiles";
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic);
  const tick = (ended: unknown): void => {
    if ((ended as { name: string }).name === "mandelbrot_tile") bar.increment();
  };
  bar.start(tiles.length, 0);
  events.taskEnded.subscribe(tick);
  try {
    const start = performance.now();
    const picture = await server.sendChord(chord(group(...tiles), tasks.join_tiles(COLUMNS)));
    const png = await picture.get({ timeoutMs: 60_000 });
    const ms = performance.now() - start;
    await writeFile(path, png);
    return ms;
  } finally {
    events.taskEnded.unsubscribe(tick);
    bar.stop();
  }
}
