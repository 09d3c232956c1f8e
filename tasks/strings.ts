import type { Handlers } from "../generated/index.js";

export const concat: Handlers["concat"] = (strs) => strs.join("");

export const split: Handlers["split"] = (str) => [...str];
