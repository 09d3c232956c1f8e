import { MachineryError } from "../../errors.js";
import { parseJson } from "../../wire/json.js";
import type { WireArg } from "../../wire/signature.js";
import { checkArgCount } from "./builder.js";
import type { TaskDefinition, TaskVersion, Validator } from "./task.js";

/** Brings the arguments of one version of a task to those of the next: generated code has typed it already. */
export type Migration = (...args: any[]) => readonly unknown[];

/** A version of a task before the one that its handler is written for, and the way from there. */
export class OlderVersion {
  readonly #task: TaskDefinition;
  readonly #version: TaskVersion;
  readonly #migrations: readonly Migration[];
  /** From 1. */
  readonly number: number;

  /** @param migrations all of the task's, from version 1 on */
  constructor(task: TaskDefinition, number: number, version: TaskVersion, migrations: readonly Migration[]) {
    this.#task = task;
    this.#version = version;
    this.#migrations = migrations;
    this.number = number;
  }

  /** Of a message of that version. */
  get validate(): Validator {
    return this.#version.validate;
  }

  /**
   * The handler's arguments out of a message of that version. They are written and read as the task's own are, so that the handler gets
   * nothing that no message could have brought.
   *
   * @throws MachineryError `ERR_MIGRATION` where a migration throws, or gives what the task does not take
   */
  decodeArgs(args: readonly WireArg[]): unknown[] {
    let values: readonly unknown[] = this.#version.decodeArgs(args);
    for (let from = this.number; from <= this.#migrations.length; from++) values = this.#step(from, values);
    return this.#checked(values);
  }

  #step(from: number, values: readonly unknown[]): readonly unknown[] {
    let next: unknown;
    try {
      next = this.#migrations[from - 1]!(...values);
    } catch (cause) {
      throw this.#failure(from, `threw: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    }
    if (Array.isArray(next)) return next;
    throw this.#failure(from, `is to return an array of arguments, got ${next instanceof Promise ? "a promise" : typeof next}.`);
  }

  #checked(values: readonly unknown[]): unknown[] {
    try {
      checkArgCount(this.#task, values.length);
      const args = parseJson(`[${this.#task.encodeArgs(values)}]`);
      return this.#task.decodeArgs(args as unknown as WireArg[]);
    } catch (cause) {
      throw this.#failure(this.#migrations.length, `gave what the task does not take: ${(cause as Error).message}`, cause);
    }
  }

  #failure(from: number, what: string, cause?: unknown): MachineryError {
    return new MachineryError("ERR_MIGRATION", `the migration ${what}`, { at: `${this.#task.name}@${from}→${from + 1}`, cause });
  }
}
