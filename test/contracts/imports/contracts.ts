/** The contract of another team, whose tasks carry their package on the wire; and the one of a package from the registry. */
export const math = `contract: "1"
package: math
wire_names: package
tasks:
  add:
    description: The sum of two numbers.
    args: [{ name: a, type: int64 }, { name: b, type: int64 }]
    returns: [{ name: sum, type: int64 }]
  area: { args: [{ name: size, type: { $ref: "#/$defs/Size" } }], returns: [{ name: area, type: int64 }] }
$defs:
  Size: { type: object, required: [a, b], properties: { a: { type: integer, format: int64 }, b: { type: integer, format: int64 } } }
`;

export const words = `contract: "1"
package: plain-words
tasks:
  upper: { args: [{ name: word, type: string }], returns: [{ name: result, type: string }] }
`;

export const own = `contract: "1"
package: shop
imports:
  - ../math/tasks.yaml
  - { from: "npm:@team/words", as: words, serve: true }
tasks:
  add: { args: [{ name: item, type: string }], returns: [{ name: size, type: { $ref: "#/$defs/Size" } }] }
$defs:
  Size: { type: object, required: [items], properties: { items: { type: integer } } }
`;

/** A project that imports the two. */
export const files = {
  "schema/tasks.yaml": own,
  "math/tasks.yaml": math,
  "node_modules/@team/words/package.json": '{ "name": "@team/words", "version": "1.0.0" }',
  "node_modules/@team/words/contract.yaml": words,
};
