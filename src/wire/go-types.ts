/** Go's scalar types and slices, as Machinery spells them on the wire, and the TypeScript type of each. */
export interface GoTypes {
  bool: boolean;
  int: bigint;
  int8: number;
  int16: number;
  int32: number;
  int64: bigint;
  uint: bigint;
  uint8: number;
  uint16: number;
  uint32: number;
  uint64: bigint;
  float32: number;
  float64: number;
  string: string;
  "[]bool": readonly boolean[];
  "[]int": readonly bigint[];
  "[]int8": readonly number[];
  "[]int16": readonly number[];
  "[]int32": readonly number[];
  "[]int64": readonly bigint[];
  "[]uint": readonly bigint[];
  "[]uint8": Uint8Array;
  "[]uint16": readonly number[];
  "[]uint32": readonly number[];
  "[]uint64": readonly bigint[];
  "[]float32": readonly number[];
  "[]float64": readonly number[];
  "[]string": readonly string[];
}

/** A type's name on the wire. `[]byte` is read as `[]uint8` and never sent. */
export type GoType = keyof GoTypes;
