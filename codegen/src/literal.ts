import { ts } from "ts-morph";

const { factory } = ts;

/**
 * A string as the text of a JavaScript literal: the only way from data into generated code. JSON's escapes, and escapes of what
 * could end a script element or a line of JavaScript, or deceive the eye. In single quotes where that saves escapes.
 */
export function lit(text: string): string {
  const json = JSON.stringify(text).replace(escaped, unicodeEscape).replace(sourceMap, "\\u0073");
  if (!text.includes('"') || text.includes("'")) return json;
  return `'${json.slice(1, -1).replace(/\\(["\\])/g, (pair, char) => (char === '"' ? char : pair))}'`;
}

const escaped = /[<>&\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Node looks for `sourceMappingURL=` in the whole text of a module, strings included. */
const sourceMap = /s(?=ource(?:Mapping)?URL)/g;

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A string literal of the syntax tree. It is printed as `lit` writes it, which the printer of TypeScript itself would not do. */
export function stringLiteral(text: string): ts.StringLiteral {
  const node = factory.createIdentifier(lit(text));
  return node as unknown as ts.StringLiteral;
}

/** A JSON value as an expression. Keys that are no plain names, `__proto__` above all, are computed, so that they are keys and nothing else. */
export function jsonLiteral(value: unknown): ts.Expression {
  if (value === null) return factory.createNull();
  if (typeof value === "string") return stringLiteral(value);
  if (typeof value === "boolean") return value ? factory.createTrue() : factory.createFalse();
  if (typeof value === "number") return numberLiteral(value);
  if (typeof value === "bigint") return signed(value < 0n, factory.createBigIntLiteral(`${value < 0n ? -value : value}n`));
  if (Array.isArray(value)) return factory.createArrayLiteralExpression(value.map(jsonLiteral));
  if (typeof value === "object") {
    const members = Object.entries(value).map(([key, member]) =>
      factory.createPropertyAssignment(propertyKey(key), jsonLiteral(member)),
    );
    return factory.createObjectLiteralExpression(members);
  }
  throw new TypeError(`a ${typeof value} is no JSON value`);
}

export function numberLiteral(value: number): ts.Expression {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no JSON number`);
  return signed(value < 0 || Object.is(value, -0), factory.createNumericLiteral(Math.abs(value)));
}

function signed(negative: boolean, literal: ts.Expression): ts.Expression {
  return negative ? factory.createPrefixUnaryExpression(ts.SyntaxKind.MinusToken, literal) : literal;
}

export function propertyKey(key: string): ts.PropertyName {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key) && key !== "__proto__") return factory.createIdentifier(key);
  return key === "__proto__" ? factory.createComputedPropertyName(stringLiteral(key)) : stringLiteral(key);
}
