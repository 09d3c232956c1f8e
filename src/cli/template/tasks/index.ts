import type { Handlers } from "../generated/index.js";

// One function for each task of the contract, by the task's name. A missing or ill-typed one does not compile with the worker.

export const add: Handlers["add"] = (...terms) => terms.reduce((sum, term) => sum + term, 0n);

export const greet: Handlers["greet"] = (name) => `Hello, ${name}!`;
