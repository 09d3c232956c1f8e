/** A task as it was at first, as it became, and as it is now: two numbers, a list, an object. */
export const first = `contract: "1"
package: sums
tasks:
  add: { args: [{ name: a, type: int64 }, { name: b, type: int64 }], returns: [{ name: sum, type: int64 }] }
`;

export const second = `contract: "1"
package: sums
tasks:
  add: { args: [{ name: terms, type: "[]int64" }], returns: [{ name: sum, type: int64 }] }
`;

/** @param run where the task runs now */
export const third = (run: "inline" | "thread") => `contract: "1"
package: sums
tasks:
  add:
    args: [{ name: request, type: { $ref: "#/$defs/Sum" } }]
    returns: [{ name: sum, type: int64 }]
    versions:
      - args: [{ name: a, type: int64 }, { name: b, type: int64 }]
      - args: [{ name: terms, type: "[]int64" }]
    policy: { run: ${run} }
$defs:
  Sum:
    type: object
    required: [terms]
    properties:
      terms: { type: array, maxItems: 3, items: { type: integer, format: int64 } }
      scale: { type: integer, format: int64 }
`;

/** Handlers and migrations, and what the compiler has to say of others. */
export const program = `
import { taskContext } from "machinery-ts";
import { type Handlers, dispatch } from "../generated/index.js";

export const add: Handlers["add"] = ({ terms, scale = 1n }) => {
  if (terms[0] === 77n && taskContext().attempt === 1) throw new Error("once");
  return terms.reduce((sum, term) => sum + term * scale, 0n);
};
export const add_1_to_2: Handlers["add_1_to_2"] = (a, b) => {
  if (a === 13n) throw new Error("thirteen");
  return [[a, b]];
};
export const add_2_to_3: Handlers["add_2_to_3"] = (terms) => [{ terms: [...terms] }];

export const complete: Handlers = { add, add_1_to_2, add_2_to_3 };
// @ts-expect-error a migration is missing
export const incomplete = () => dispatch({ add, add_1_to_2 });
// @ts-expect-error it is given bigints
export const wrongFrom: Handlers["add_1_to_2"] = (a: number, b: number) => [[BigInt(a + b)]];
// @ts-expect-error it is to give one list
export const wrongTo: Handlers["add_1_to_2"] = (a, b) => [a, b];
// @ts-expect-error it is to give an object with terms
export const wrongObject: Handlers["add_2_to_3"] = () => [{ scale: 2n }];
// @ts-expect-error it cannot wait for anything
export const late: Handlers["add_2_to_3"] = async (terms) => [{ terms: [...terms] }];
`;
