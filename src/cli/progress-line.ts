import type { SingleBar } from "cli-progress";
import type { TaskState } from "../results/task-state.js";
import type { Progress } from "../wire/notices.js";
import { paint } from "./terminal.js";

/** Where nothing can be drawn, a line is printed each time this much more has been done. */
const stepPercent = 10;
const format = "  {bar} {percentage} %  {eta_formatted} left";

/** What becomes of a task, on stderr: its states as lines, and its progress as a bar where that is a terminal, as lines elsewhere. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #bars: Promise<typeof import("cli-progress")> | undefined;
  #bar: SingleBar | undefined;
  #latest: Progress | undefined;
  #nextPercent = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  readonly state = ({ state }: TaskState): void => {
    this.stop();
    this.#stream.write(`${paint(this.#stream, "gray", state)}\n`);
  };

  readonly progress = (progress: Progress): void => {
    this.#latest = progress;
    if (this.#stream.isTTY) void this.#draw();
    else this.#print(progress);
  };

  /** Takes the bar away; the next progress begins another. */
  readonly stop = (): void => {
    this.#latest = undefined;
    this.#nextPercent = 0;
    this.#bar?.stop();
    this.#bar = undefined;
  };

  #print({ done, total }: Progress): void {
    const percent = Math.floor((done / total) * 100);
    if (percent < this.#nextPercent) return;
    this.#stream.write(`${percent} %\n`);
    this.#nextPercent = percent - (percent % stepPercent) + stepPercent;
  }

  async #draw(): Promise<void> {
    this.#bars ??= import("cli-progress");
    const { Presets, SingleBar } = await this.#bars;
    if (this.#latest === undefined) return;
    const { done, total } = this.#latest;
    if (this.#bar === undefined) {
      const stream = this.#stream;
      this.#bar = new SingleBar(
        { format, stream, hideCursor: true, clearOnComplete: true, gracefulExit: false },
        Presets.shades_classic,
      );
      this.#bar.start(total, done);
    }
    this.#bar.setTotal(total);
    this.#bar.update(done);
  }
}
