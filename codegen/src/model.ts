/** A contract, checked and closed: what the emitters are a pure function of. */
export interface Model {
  /** The contract's `package`. */
  readonly package: string;
  /** The contract file as the header of generated files names it: relative to the project, with `/`. */
  readonly source: string;
  /** 16 hexadecimal digits of the SHA-256 of the contract's canonical form (comments and key order do not count). */
  readonly hash: string;
  /** Sorted by wire name. */
  readonly tasks: readonly Task[];
  /** The structured types, sorted by name; `$ref`s among them are `#/$defs/Name`. */
  readonly defs: readonly Definition[];
}

export interface Task {
  /** The name on the wire: the bare task key, `snake_case` as it stands in the contract. */
  readonly name: string;
  /** The name in TypeScript: made from the wire name, never copied. */
  readonly identifier: string;
  readonly description?: string;
  /** Names on the wire that the task had before, and is still taken by. Default: none. */
  readonly aliases?: readonly string[];
  readonly args: readonly Parameter[];
  readonly returns: readonly Parameter[];
  /** The last argument may come any number of times. */
  readonly variadic: boolean;
  readonly policy: Policy;
  /** 16 hexadecimal digits of the SHA-256 of the task's own part of the contract, the types it refers to included. */
  readonly hash: string;
}

export interface Parameter {
  readonly name: string;
  readonly identifier: string;
  readonly description?: string;
  readonly type: ScalarType | ObjectType;
}

export interface ScalarType {
  readonly kind: "scalar";
  /** `[]byte` stands here as `[]uint8`. */
  readonly go: string;
}

export interface ObjectType {
  readonly kind: "object";
  /** The name under `$defs`. */
  readonly def: string;
}

export interface Policy {
  readonly run?: "inline" | "thread";
  readonly queue?: string;
  readonly retryCount?: number;
  readonly retryTimeoutSeconds?: number;
  readonly timeoutMs?: number;
  readonly resultTtlMs?: number;
  /** `go`, or `go v1.10.8`: the oldest version of Go Machinery that runs it. */
  readonly servedBy?: string;
}

export interface Definition {
  readonly name: string;
  readonly identifier: string;
  readonly schema: JsonSchema;
}

export type JsonSchema = { readonly [keyword: string]: unknown };
