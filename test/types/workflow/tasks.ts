import type { Signature } from "machinery-ts";

// A few tasks as generated code declares them.
type Sig<Missing extends readonly any[], Gives extends readonly any[], Result> = Signature<Missing, Gives, Result, false>;

export interface Tasks {
  add: {
    (...terms: bigint[]): Sig<readonly "int64"[], readonly ["int64"], bigint>;
    partial(...terms: bigint[]): Sig<readonly "int64"[], readonly ["int64"], bigint>;
  };
  multiply: (...factors: bigint[]) => Sig<readonly "int64"[], readonly ["int64"], bigint>;
  sub: {
    (a: bigint, b: bigint): Sig<readonly [], readonly ["int64"], bigint>;
    partial(): Sig<readonly ["int64", "int64"], readonly ["int64"], bigint>;
    partial(a: bigint): Sig<readonly ["int64"], readonly ["int64"], bigint>;
  };
  divmod: {
    (a: bigint, b: bigint): Sig<readonly [], readonly ["int64", "int64"], readonly [bigint, bigint]>;
    partial(): Sig<readonly ["int64", "int64"], readonly ["int64", "int64"], readonly [bigint, bigint]>;
    partial(a: bigint): Sig<readonly ["int64"], readonly ["int64", "int64"], readonly [bigint, bigint]>;
  };
  split: {
    (text: string): Sig<readonly [], readonly ["[]string"], readonly string[]>;
    partial(): Sig<readonly ["string"], readonly ["[]string"], readonly string[]>;
  };
  concat: {
    (parts: readonly string[]): Sig<readonly [], readonly ["string"], string>;
    partial(): Sig<readonly ["[]string"], readonly ["string"], string>;
  };
  small: (n: number) => Sig<readonly [], readonly ["int8"], number>;
  large: {
    (n: number): Sig<readonly [], readonly ["uint32"], number>;
    partial(): Sig<readonly ["uint32"], readonly ["uint32"], number>;
  };
  report: {
    (message: string, ...codes: bigint[]): Sig<readonly "int64"[], readonly [], void>;
    partial(): Sig<readonly ["string", ..."int64"[]], readonly [], void>;
  };
  crop: {
    (image: { width: number }): Sig<readonly [], readonly ["object Image"], { width: number }>;
    partial(): Sig<readonly ["object Image"], readonly ["object Image"], { width: number }>;
  };
  tag: {
    (image: { name: string }): Sig<readonly [], readonly ["object Tag"], { name: string }>;
    partial(): Sig<readonly ["object Tag"], readonly ["object Tag"], { name: string }>;
  };
  none: () => Sig<readonly [], readonly [], void>;
}

export declare const tasks: Tasks;
export declare const untyped: Signature<any, any, unknown, boolean>;
