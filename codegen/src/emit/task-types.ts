import { ts } from "ts-morph";
import type { JsDoc } from "../comment.js";
import type { ObjectType, Parameter, ScalarType, Task, TaskVersion } from "../model.js";
import { identifier, literalType, parameter, readonlyType, typeReference } from "./syntax.js";

const { factory } = ts;

/** The TypeScript type of an argument or result. Structured ones are members of the namespace `types`. */
export function valueType(type: ScalarType | ObjectType): ts.TypeNode {
  if (type.kind === "object")
    return factory.createTypeReferenceNode(factory.createQualifiedName(identifier("types"), identifier(type.def)));
  if (type.go === "[]uint8") return typeReference("Uint8Array");
  if (type.go.startsWith("[]")) return readonlyType(factory.createArrayTypeNode(scalarType(type.go.slice(2))));
  return scalarType(type.go);
}

function scalarType(go: string): ts.KeywordTypeNode {
  if (go === "bool") return factory.createKeywordTypeNode(ts.SyntaxKind.BooleanKeyword);
  if (go === "string") return factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword);
  const big = go === "int" || go === "uint" || go === "int64" || go === "uint64";
  return factory.createKeywordTypeNode(big ? ts.SyntaxKind.BigIntKeyword : ts.SyntaxKind.NumberKeyword);
}

/** What takes arguments: a task, or an older version of one. */
export type Callable = Task | TaskVersion;

/** The parameters of the TypeScript function; `count` of them, by default all. */
export function parameters(task: Callable, count = task.args.length): ts.ParameterDeclaration[] {
  return task.args.slice(0, count).map((arg, index) => {
    const rest = isRest(task, index);
    return parameter(arg.identifier, rest ? factory.createArrayTypeNode(valueType(arg.type)) : valueType(arg.type), { rest });
  });
}

/** `[...terms: bigint[]]`, `[a: bigint, b: bigint]` */
export function argumentsType(task: Callable): ts.TupleTypeNode {
  return tupleType(
    task.args.map((arg, index) => {
      const rest = isRest(task, index);
      const dots = rest ? factory.createToken(ts.SyntaxKind.DotDotDotToken) : undefined;
      const type = rest ? factory.createArrayTypeNode(valueType(arg.type)) : valueType(arg.type);
      return factory.createNamedTupleMember(dots, identifier(arg.identifier), undefined, type);
    }),
  );
}

/** `void`, the type of the only result, or a tuple. */
export function resultType(task: Task): ts.TypeNode {
  const [first, ...more] = task.returns;
  if (first === undefined) return factory.createKeywordTypeNode(ts.SyntaxKind.VoidKeyword);
  if (more.length === 0) return valueType(first.type);
  const members = task.returns.map((one) =>
    factory.createNamedTupleMember(undefined, identifier(one.identifier), undefined, valueType(one.type)),
  );
  return readonlyType(tupleType(members));
}

/** What the arguments are, for workflows, from the `given`-th on: `readonly ["string", ...("int64")[]]`, `readonly "int64"[]`. */
export function takesType(task: Task, given = 0): ts.TypeNode {
  const rest = task.args.slice(given);
  const last = rest.at(-1);
  if (task.variadic && last !== undefined) {
    const many = factory.createArrayTypeNode(flowType(last));
    if (rest.length === 1) return readonlyType(many);
    return readonlyType(tupleType([...rest.slice(0, -1).map(flowType), factory.createRestTypeNode(many)]));
  }
  return readonlyType(tupleType(rest.map(flowType)));
}

/** What the results are, for workflows. */
export function givesType(task: Task): ts.TypeNode {
  return readonlyType(tupleType(task.returns.map(flowType)));
}

function flowType({ type }: Parameter): ts.TypeNode {
  return literalType(flowName(type));
}

/** The type's name among tasks: a wire type, or `object Name`; `object math.Name` where it is an imported contract's. */
export function flowName(type: ScalarType | ObjectType): string {
  if (type.kind === "scalar") return type.go;
  return `object ${type.package === undefined ? "" : `${type.package}.`}${type.def}`;
}

export function isRest(task: Callable, index: number): boolean {
  return task.variadic && index === task.args.length - 1;
}

/** What the contract says of a task, as JSDoc. */
export function taskDoc(task: Task): JsDoc {
  const described = task.args.flatMap(({ identifier: name, description }) =>
    description === undefined ? [] : [[name, description] as const],
  );
  return { description: task.description, params: described, returns: returnsDoc(task) };
}

function returnsDoc({ returns }: Task): string | undefined {
  const described = returns.filter(({ description }) => description !== undefined);
  if (described.length === 0) return undefined;
  return described.map(({ name, description }) => (returns.length === 1 ? description : `${name}: ${description}`)).join("; ");
}

/** A tuple on one line, unless it is long. */
function tupleType(members: readonly (ts.TypeNode | ts.NamedTupleMember)[]): ts.TupleTypeNode {
  const type = factory.createTupleTypeNode(members);
  return members.length > 6 ? type : ts.setEmitFlags(type, ts.EmitFlags.SingleLine);
}
