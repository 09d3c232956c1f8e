import { _, type Code, type KeywordCxt, type Options } from "ajv";
import { getProperty } from "ajv/dist/compile/codegen/index.js";
import core from "ajv/dist/core.js";
import applicator from "ajv/dist/vocabularies/applicator/index.js";
import coreVocabulary from "ajv/dist/vocabularies/core/index.js";
import format from "ajv/dist/vocabularies/format/index.js";
import { contentVocabulary, metadataVocabulary } from "ajv/dist/vocabularies/metadata.js";
import next from "ajv/dist/vocabularies/next.js";
import validation from "ajv/dist/vocabularies/validation/index.js";
import { formats, goTypes, type ValidateSymbol, validateModule } from "../symbols.js";

/**
 * AJV for JSON Schema 2020-12 as validators here are made of it: strict, stopping at the first error, own properties only. It has no
 * `unevaluated*` and no `$dynamicRef`, whose book-keeping every other validator would pay for; they are refused as unknown keywords.
 */
export class SchemaCompiler extends core.default {
  constructor() {
    super(options());
    for (const name of formats) this.addFormat(name, neverCalled);
    this.addKeyword({
      keyword: "goType",
      schemaType: "string",
      code: goType,
      error: { message: ({ schema }) => _`${`must be ${schema}`}`, params: ({ schema }) => _`{goType: ${schema}}` },
    });
  }

  override _addVocabularies(): void {
    super._addVocabularies();
    for (const vocabulary of [
      coreVocabulary.default,
      validation.default,
      applicator.default(true),
      format.default,
      metadataVocabulary,
      contentVocabulary,
      next.default,
    ]) {
      this.addVocabulary(vocabulary);
    }
  }
}

function options(): Options {
  return {
    strict: true,
    allErrors: false,
    ownProperties: true,
    // The meta-schema is not ours to compile: it needs $dynamicRef.
    meta: false,
    validateSchema: false,
    allowUnionTypes: true,
    // One function for each schema that a $ref names, however small, and no array of the schema's looked through at run time.
    inlineRefs: false,
    loopEnum: Number.POSITIVE_INFINITY,
    loopRequired: Number.POSITIVE_INFINITY,
    code: { source: true, esm: true, lines: true, optimize: true, formats: runtime("formats") },
  };
}

/** The exact check of a Go type: `goType: int64` passes what an int64 of the wire may be. */
function goType(context: KeywordCxt): void {
  const type = context.schema as string;
  if (!(goTypes as readonly string[]).includes(type)) throw new Error(`goType "${type}" is no type of the wire`);
  const code = _`${runtime("isGo")}${getProperty(type)}`;
  const check = context.gen.scopeValue("func", { key: `isGo ${type}`, ref: neverCalled, code });
  context.fail(_`!${check}(${context.data})`);
}

/** How AJV's text names a symbol of the runtime; the emitter makes an import of it. */
function runtime(name: ValidateSymbol): Code {
  return _`require(${validateModule})${getProperty(name)}`;
}

/** The generator compiles validators and never calls them. */
function neverCalled(): never {
  throw new Error("a validator ran in the generator");
}
