import { compile } from "json-schema-to-typescript";
import { ts } from "ts-morph";
import { type JsDoc, withJsDoc } from "../comment.js";
import { propertyKey, stringLiteral } from "../literal.js";
import type { JsonSchema, Model } from "../model.js";
import type { Module } from "./module.js";
import { identifier } from "./syntax.js";

const { factory } = ts;

/**
 * `types.ts`: what json-schema-to-typescript makes of the structured types. No name and no prose of the contract passes through it:
 * it is handed aliases, and its output is read and built anew with the names, the comments and the strings in their places.
 */
export async function typesModule({ defs }: Model): Promise<Module> {
  const aliases = new Aliases(new Map(defs.map(({ name, identifier: typeName }) => [name, typeName])));
  const root = {
    type: "object" as const,
    properties: Object.fromEntries(defs.map(({ name }) => [name, aliases.schema({ $ref: `#/$defs/${name}` })])),
    $defs: Object.fromEntries(defs.map(({ name, schema }) => [aliases.type(name), aliases.schema(schema)])),
  };
  const text = await compile(root, rootName, {
    bannerComment: "",
    format: false,
    unknownAny: true,
    // A field that a schema does not name may come from another version; it is no field of the interface.
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    $refOptions: { resolve: { external: false } },
  });
  return { path: "types.ts", statements: new TypesFile(text, aliases).statements() };
}

const rootName = "Root";

/** The contract's names and prose, and what stands for them in what the library sees. */
class Aliases {
  readonly #types: ReadonlyMap<string, string>;
  readonly #fields: string[] = [];
  readonly #docs: JsDoc[] = [];

  /** @param types name under `$defs` → name in TypeScript */
  constructor(types: ReadonlyMap<string, string>) {
    this.#types = types;
  }

  type(name: string): string {
    return `Type${[...this.#types.keys()].indexOf(name)}`;
  }

  /** The name in TypeScript that an alias of a type stands for. */
  typeName(alias: string): string {
    return [...this.#types.values()][Number(alias.slice("Type".length))]!;
  }

  fieldName(alias: string): string {
    return this.#fields[Number(alias.slice("field".length))]!;
  }

  /** What is told of the type or field that has this comment before it. */
  doc(comment: string): JsDoc {
    const index = /doc(\d+)/.exec(comment)?.[1];
    return index === undefined ? {} : this.#docs[Number(index)]!;
  }

  /** The keywords that a type depends on, with aliases in the place of names. */
  schema({
    $ref,
    type,
    format,
    enum: values,
    const: value,
    items,
    properties,
    required,
    additionalProperties,
    ...rest
  }: JsonSchema): JsonSchema {
    const field = (name: string) => {
      const known = fields.get(name);
      if (known !== undefined) return known;
      const alias = `field${this.#fields.push(name) - 1}`;
      fields.set(name, alias);
      return alias;
    };
    const fields = new Map<string, string>();
    const wide = format === "int64" || format === "uint64";
    const described = this.#described(rest);
    if ($ref !== undefined) {
      const alias = this.type(String($ref).slice("#/$defs/".length));
      // Words beside a $ref would make the library declare the type a second time, under a name of its own.
      return "description" in described ? { ...described, tsType: alias } : { $ref: `#/$defs/${alias}` };
    }
    return {
      ...described,
      ...(type !== undefined && { type }),
      ...(wide && { tsType: Array.isArray(type) ? "bigint | null" : "bigint" }),
      ...(values !== undefined && { enum: values }),
      ...(value !== undefined && { const: value }),
      ...(isSchema(items) && { items: this.schema(items) }),
      ...(isSchema(properties) && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, one]) => [field(name), this.schema(one as JsonSchema)]),
        ),
      }),
      ...(Array.isArray(required) && { required: required.map(field) }),
      ...(additionalProperties !== undefined && {
        additionalProperties: isSchema(additionalProperties) ? this.schema(additionalProperties) : additionalProperties,
      }),
    };
  }

  #described({ title, description = title, deprecated }: JsonSchema): JsonSchema {
    if (typeof description !== "string" && deprecated !== true) return {};
    const doc = { description: description as string | undefined, deprecated: deprecated === true };
    return { description: `doc${this.#docs.push(doc) - 1}` };
  }
}

/** The library's output, built anew. */
class TypesFile {
  readonly #source: ts.SourceFile;
  readonly #aliases: Aliases;

  constructor(text: string, aliases: Aliases) {
    this.#source = ts.createSourceFile("types.ts", text, ts.ScriptTarget.ES2023);
    this.#aliases = aliases;
  }

  statements(): ts.Statement[] {
    const declarations = this.#source.statements.map((statement) => {
      if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return statement;
      throw new Error(`json-schema-to-typescript printed a ${ts.SyntaxKind[statement.kind]} that is not known here`);
    });
    return declarations
      .filter(({ name }) => name.text !== rootName)
      .map((declaration) => ({
        name: this.#aliases.typeName(declaration.name.text),
        node: ts.visitNode(declaration, this.#visit) as ts.Statement,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ node }) => node);
  }

  readonly #visit = (node: ts.Node): ts.Node => {
    const inner = ts.visitEachChild(node, this.#visit, undefined);
    if (ts.isStringLiteral(inner)) return stringLiteral(inner.text);
    // The factory puts in again those that are needed.
    if (ts.isParenthesizedTypeNode(inner)) return inner.type;
    if (ts.isIdentifier(inner) && inner.text.startsWith("Type")) return identifier(this.#aliases.typeName(inner.text));
    if (ts.isArrayTypeNode(inner)) return factory.createArrayTypeNode(inner.elementType);
    if (ts.isInterfaceDeclaration(inner)) {
      return this.#documented(
        factory.createInterfaceDeclaration(inner.modifiers, inner.name, undefined, undefined, inner.members),
        node,
      );
    }
    if (ts.isTypeAliasDeclaration(inner)) {
      return this.#documented(factory.createTypeAliasDeclaration(inner.modifiers, inner.name, undefined, inner.type), node);
    }
    if (ts.isPropertySignature(inner) && ts.isIdentifier(inner.name)) {
      const name = propertyKey(this.#aliases.fieldName(inner.name.text));
      return this.#documented(factory.createPropertySignature(inner.modifiers, name, inner.questionToken, inner.type), node);
    }
    return inner;
  };

  #documented<N extends ts.Node>(node: N, original: ts.Node): N {
    const text = this.#source.text;
    const comments = ts.getLeadingCommentRanges(text, original.pos) ?? [];
    return withJsDoc(node, this.#aliases.doc(comments.map(({ pos, end }) => text.slice(pos, end)).join("\n")));
  }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
