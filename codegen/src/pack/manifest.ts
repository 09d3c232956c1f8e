import { GenerateError } from "../generate-error.js";
import { generator } from "../header.js";
import type { Model } from "../model.js";

/** What a contract package is called, and in which version. */
export interface PackageId {
  readonly name: string;
  readonly version: string;
}

/** What a package takes over from the package.json of the project that it is made in, where that has it. */
export const inherited = ["license", "author", "repository", "homepage", "bugs", "publishConfig"] as const;

export type Inherited = { readonly [key in (typeof inherited)[number]]?: unknown };

/** As npm takes it for new packages. */
const namePattern = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const maxName = 214;
/** The pattern that semver.org gives. */
const versionPattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** @throws GenerateError `ERR_PACKAGE` */
export function checkPackageId({ name, version }: PackageId): void {
  if (!namePattern.test(name) || name.length > maxName) {
    throw new GenerateError("ERR_PACKAGE", `${quoted(name)} is no name of an npm package.`, {
      hint: "Write it like @team/math: small letters, digits, hyphens, dots.",
    });
  }
  if (!versionPattern.test(version) || version.length > 256) {
    throw new GenerateError("ERR_PACKAGE", `${quoted(version)} is no version.`, { hint: "Write it like 1.2.0." });
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

/** The modules that others may import, beside the index. */
const modules = ["definitions", "validators"];

/**
 * The package.json of a contract package. The runtime is a peer, so that the project that installs it has one of it, whatever
 * it sends and works with.
 *
 * @param paths the files of the package
 */
export function manifest(model: Model, { name, version }: PackageId, paths: readonly string[], project: Inherited): string {
  const entry = (file: string) => ({ types: `./${file}.d.ts`, default: `./${file}.js` });
  const fields = {
    name,
    version,
    description: `The tasks of the contract ${model.package}, for machinery-ts: types, senders, validators.`,
    ...Object.fromEntries(inherited.filter((key) => project[key] !== undefined).map((key) => [key, project[key]])),
    type: "module",
    sideEffects: false,
    engines: { node: ">=20.19" },
    exports: {
      ".": entry("index"),
      ...Object.fromEntries(modules.map((file) => [`./${file}`, entry(file)])),
      "./contract.yaml": "./contract.yaml",
      "./package.json": "./package.json",
    },
    files: [...paths].sort(),
    machinery: { contract: "./contract.yaml" },
    peerDependencies: { "machinery-ts": `^${generator.version}` },
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}
