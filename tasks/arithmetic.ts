import type { Handlers } from "../generated/index.js";

export const add: Handlers["add"] = (...terms) => terms.reduce((sum, term) => sum + term, 0n);

export const multiply: Handlers["multiply"] = (...factors) => factors.reduce((product, factor) => product * factor, 1n);

export const sum_ints: Handlers["sum_ints"] = (numbers) => numbers.reduce((sum, number) => sum + number, 0n);

export const sum_floats: Handlers["sum_floats"] = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
