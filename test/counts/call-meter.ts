import type { Counts, Meter } from "./meter.js";

/** Counts calls of the methods of a class. */
export class CallMeter implements Meter {
  #calls = 0;

  /** @param instance of the class; all its instances are counted from now on */
  count(instance: object): void {
    const methods = Object.getPrototypeOf(instance);
    for (const name of Object.getOwnPropertyNames(methods)) {
      const { value } = Object.getOwnPropertyDescriptor(methods, name)!;
      if (name === "constructor" || typeof value !== "function") continue;
      const counted = (): void => {
        this.#calls++;
      };
      methods[name] = function (this: unknown, ...args: unknown[]) {
        counted();
        return value.apply(this, args);
      };
    }
  }

  read(): Counts {
    return { commands: this.#calls, bytes: 0 };
  }
}
