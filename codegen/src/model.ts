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
  /** The contracts that it imports, sorted by namespace. */
  readonly imports: readonly ImportedContract[];
}

/** A contract whose tasks are sent from here, and perhaps run here. */
export interface ImportedContract {
  /** What its tasks are called after in TypeScript: `math` in `send.math.add`. */
  readonly namespace: string;
  /** Its own contract, without what that one imports. */
  readonly model: Model;
  /** Whether workers of this project run its tasks. */
  readonly serve: boolean;
}

export interface Task {
  /** The name on the wire: the task's key in the contract, after its package (`math.add`) where the contract says so. */
  readonly name: string;
  /** The name in TypeScript: the task's key in the contract. */
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
  /** What `hash` would be under each of the aliases. Default: none. */
  readonly formerHashes?: readonly string[];
  /** The versions before this one that workers still take, oldest first. */
  readonly versions: readonly TaskVersion[];
}

/** What senders of an older version of a task send. */
export interface TaskVersion {
  readonly args: readonly Parameter[];
  readonly variadic: boolean;
  /** The hash that their messages carry. */
  readonly hash: string;
  /** The same under each of the task's aliases. Default: none. */
  readonly formerHashes?: readonly string[];
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
  /** The package that it is from, where that is an imported one: its types are others than this contract's of the same name. */
  readonly package?: string;
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
