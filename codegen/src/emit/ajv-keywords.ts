import { _, type Code, type CodeKeywordDefinition, type KeywordCxt, str } from "ajv";
import { getProperty } from "ajv/dist/compile/codegen/index.js";
import { goTypes } from "../symbols.js";
import { neverCalled, runtime } from "./ajv-runtime.js";

/** `goType: int64` passes what an int64 of the wire may be, exactly. */
export const goType: CodeKeywordDefinition = {
  keyword: "goType",
  schemaType: "string",
  code: (context) => context.fail(_`!${check(context, context.schema)}(${context.data})`),
  error: { message: ({ schema }) => str`must be ${schema}`, params: ({ schema }) => _`{goType: ${schema}}` },
};

/**
 * `goNumber: { type: int64, nullable: false }` passes what an int64 may be, and puts it in its place as what TypeScript is told:
 * bigint for the 64-bit integers, number for a float, whatever its digits.
 */
export const goNumber: CodeKeywordDefinition = {
  keyword: "goNumber",
  schemaType: "object",
  code(context) {
    const { gen, data, schema } = context;
    const { parentData, parentDataProperty } = context.it;
    const fits = _`${check(context, schema.type)}(${data})`;
    context.fail(schema.nullable ? _`${data} !== null && !${fits}` : _`!${fits}`);
    const [other, converted] =
      schema.type === "float64"
        ? [_`typeof ${data} != "number" && ${data} !== null`, _`Number(${data})`]
        : [_`typeof ${data} == "number"`, _`BigInt(${data})`];
    gen.if(other, () => {
      gen.assign(data, converted);
      gen.if(_`${parentData} !== undefined`, () => gen.assign(_`${parentData}[${parentDataProperty}]`, data));
    });
  },
  error: { message: ({ schema }) => str`must be ${schema.type}`, params: ({ schema }) => _`{goType: ${schema.type}}` },
};

function check(context: KeywordCxt, type: string): Code {
  if (!(goTypes as readonly string[]).includes(type)) throw new Error(`"${type}" is no type of the wire`);
  const code = _`${runtime("isGo")}${getProperty(type)}`;
  return context.gen.scopeValue("func", { key: `isGo ${type}`, ref: neverCalled, code });
}
