/** A contract with every kind of type, and with names that are close to meaning something in Go. */
export const oddContract = {
  contract: "1",
  package: "func",
  tasks: {
    type_: {
      args: [
        { name: "range", type: "int" },
        { name: "_", type: "bool" },
        { name: "a_b", type: "string" },
        { name: "aB", type: "string" },
      ],
    },
    err: {
      description:
        "  # Heading\n\n- one\n- two\n\n1. three\n\n[link]: https://example.org\n\tcode\n``quoted'' //go:embed x\n+build ignore",
      args: [
        { name: "server", type: { $ref: "#/$defs/Tree" }, description: "# The tree\n- of it all" },
        { name: "serverJSON", type: "[]byte" },
        { name: "signature", type: "float32", variadic: true },
      ],
      returns: [
        { name: "err", type: { $ref: "#/$defs/Anything" } },
        { name: "count", type: "uint64", description: "How many." },
        { name: "map", type: { $ref: "#/$defs/Empty" } },
      ],
      policy: { queue: 'a-"queue"-\\-é-𝄞', retry: { count: 2, timeout: "3s" } },
    },
    nothing: {},
    many_lists: { args: [{ name: "lists", type: "[]string", variadic: true }] },
  },
  $defs: {
    Anything: { type: "object", properties: { "not a name": { type: "string" } } },
    Empty: { type: "object" },
    Names: { type: "object", additionalProperties: { type: ["integer", "null"], format: "uint64" } },
    Tree: {
      description: "A tree.\n\nIt has branches.",
      type: "object",
      required: ["name", "leaf", "tags", "size"],
      properties: {
        name: { type: "string", description: "Its name:\n\n  - or what it is called" },
        leaf: { $ref: "#/$defs/Leaf" },
        tags: { type: "array", items: { type: ["string", "null"] } },
        size: { type: "number" },
        left: { $ref: "#/$defs/Tree", deprecated: true, description: "The left branch." },
        branches: { type: "array", items: { $ref: "#/$defs/Tree" } },
        names: { $ref: "#/$defs/Names" },
        grid: { type: "array", items: { type: "array", items: { type: "boolean" } } },
        points: {
          type: "array",
          items: { type: "object", required: ["x"], properties: { x: { type: "number" }, y: { type: ["number", "null"] } } },
        },
      },
    },
    Leaf: { type: "object", properties: { tree: { $ref: "#/$defs/Tree" }, id: { type: "integer", format: "int64" } } },
  },
};
