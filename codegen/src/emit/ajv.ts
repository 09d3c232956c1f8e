import type { Options } from "ajv";
import core from "ajv/dist/core.js";
import applicator from "ajv/dist/vocabularies/applicator/index.js";
import coreVocabulary from "ajv/dist/vocabularies/core/index.js";
import format from "ajv/dist/vocabularies/format/index.js";
import { contentVocabulary, metadataVocabulary } from "ajv/dist/vocabularies/metadata.js";
import next from "ajv/dist/vocabularies/next.js";
import validation from "ajv/dist/vocabularies/validation/index.js";
import { formats } from "../symbols.js";
import { goNumber, goType } from "./ajv-keywords.js";
import { neverCalled, runtime } from "./ajv-runtime.js";

/**
 * AJV for JSON Schema 2020-12 as validators here are made of it: strict, stopping at the first error, own properties only. It has no
 * `unevaluated*` and no `$dynamicRef`, whose book-keeping every other validator would pay for; they are refused as unknown keywords.
 */
export class SchemaCompiler extends core.default {
  constructor() {
    super(options());
    for (const name of formats) this.addFormat(name, neverCalled);
    for (const keyword of [goType, goNumber]) this.addKeyword(keyword);
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
    // minContains and maxContains.
    next: true,
    // The meta-schema is not ours to compile: it needs $dynamicRef.
    meta: false,
    validateSchema: false,
    allowUnionTypes: true,
    // The arguments before a variadic one are a tuple with an open end.
    strictTuples: false,
    // One function for each schema that a $ref names, however small, and no array of the schema's looked through at run time.
    inlineRefs: false,
    loopEnum: Number.POSITIVE_INFINITY,
    loopRequired: Number.POSITIVE_INFINITY,
    code: { source: true, esm: true, lines: true, optimize: true, formats: runtime("formats") },
  };
}
