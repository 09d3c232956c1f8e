import { ContractError } from "../contract/diagnostics.js";
import { Findings, type Path } from "../contract/findings.js";
import { type ContractText, loadContract } from "../contract/load.js";
import { parseSource } from "../contract/source.js";
import type { Model } from "../model.js";

/** One of two contracts that are compared: its model, its value as it is written, and the places in its text. */
export interface ContractSide {
  /** What the text is called in messages. */
  readonly path: string;
  readonly model: Model;
  readonly value: unknown;
  /** Of a value, or of the nearest thing around it that is there. From 1. */
  placeOf(path: Path): { readonly line: number; readonly column: number };
}

/** @throws ContractError if the contract has errors, all of them in one */
export function contractSide(text: ContractText): ContractSide {
  const { model, diagnostics } = loadContract(text);
  if (model === undefined) throw new ContractError(diagnostics);
  const places = new Findings(text.path, text.text);
  const value = parseSource(text.text, places);
  return { path: text.path, model, value, placeOf: (path) => places.positionOf(path) };
}
