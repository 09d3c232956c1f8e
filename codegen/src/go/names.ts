import { GenerateError } from "../generate-error.js";

/** A name of the contract as one that Go exports: `sum_ints` is `SumInts`. What has no letter at the start gets an `X`. */
export function exportedName(name: string): string {
  const words = name.split("_").filter((word) => word !== "");
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  return /^[A-Z]/.test(joined) ? joined : `X${joined}`;
}

/** The names of a function's parameters: like the contract's, in camel case, each once, and none that means something there already. */
export function parameterNames(names: readonly string[]): string[] {
  const taken = new Set(reserved);
  return names.map((name) => {
    const exported = exportedName(name);
    const plain = exported.charAt(0).toLowerCase() + exported.slice(1);
    let free = taken.has(plain) ? `${plain}Arg` : plain;
    for (let count = 2; taken.has(free) || taken.has(`${free}JSON`); count++) free = `${plain}${count}`;
    // The second is what a structured argument becomes on its way.
    taken.add(free).add(`${free}JSON`);
    return free;
  });
}

/** The contract's package as that of a Go package: its letters and digits. */
export function packageName(name: string): string {
  const plain = name.replace(/[^a-z0-9]/g, "");
  return reserved.has(plain) || plain === "main" || !/^[a-z]/.test(plain) ? `${plain}tasks` : plain;
}

/** What a package declares on its top level, each name once. */
export class Declarations {
  readonly #owners = new Map<string, string>();

  /**
   * @param owner what it is declared for, for the error
   * @throws GenerateError `ERR_GO_NAME`
   */
  add(name: string, owner: string): void {
    const before = this.#owners.get(name);
    if (before !== undefined) {
      throw new GenerateError("ERR_GO_NAME", `${before} and ${owner} would both be ${name} in Go.`, {
        hint: "Rename one of them in the contract.",
      });
    }
    this.#owners.set(name, owner);
  }
}

/** Go's words, what it declares for every package, and what generated functions speak of beside their parameters. */
const reserved: ReadonlySet<string> = new Set(
  `break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select
  struct switch type var any append bool byte cap clear close comparable complex complex64 complex128 copy delete error false float32
  float64 imag int int8 int16 int32 int64 iota len make max min new nil panic print println real recover rune string true uint uint8
  uint16 uint32 uint64 uintptr args context ctx decode encode err handlers init json machinery newSignature one result server signature
  tasks`.split(/\s+/),
);
