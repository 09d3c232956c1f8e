import { parseArgs } from "node:util";

/** What `npm run bench -- …` was asked for. */
export interface Options {
  /** A tenth of everything, once, without what would have to be installed. */
  readonly quick: boolean;
  /** Also writes `test/bench/results`, and the tables of README.md. */
  readonly record: boolean;
  readonly list: boolean;
  /** Measures nothing: writes charts and tables anew from the figures that there are. */
  readonly redraw: boolean;
  /** Names of cases, or what these begin with; all that are not growth, where there are none. */
  readonly only: readonly string[];
}

export const usage = `npm run bench -- [options]

  --list         names the cases
  --only <case>  runs this one, or all that begin with it; may be repeated
  --quick        a tenth of everything, once, and only what needs no installing
  --record       writes test/bench/results and the tables of README.md; runs all cases, growth too, unless --only says which to replace
  --redraw       measures nothing: draws charts and tables anew from test/bench/results/results.json
`;

/** @throws Error for an option that there is not */
export function parseOptions(args: readonly string[]): Options {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { quick: flag, record: flag, list: flag, redraw: flag, only: { type: "string", multiple: true, default: [] } },
  });
  return { ...values, only: values.only.flatMap((names) => names.split(",")) };
}
