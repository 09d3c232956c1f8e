/** The major versions of Go Machinery that a package can be written for, by the import path of their server. */
export const goLibraries = {
  v1: "github.com/RichardKnop/machinery/v1",
  v2: "github.com/RichardKnop/machinery/v2",
} as const;

export type GoLibrary = keyof typeof goLibraries;

/** An import of Machinery's root package. Its name is not the last part of its path. */
export function machineryImport(library: GoLibrary): string {
  return `machinery ${JSON.stringify(goLibraries[library])}`;
}

/** An import of one of Machinery's other packages, `tasks` say. */
export function partImport(library: GoLibrary, part: string): string {
  return JSON.stringify(`${goLibraries[library]}/${part}`);
}

/** The imports of a file: the standard library's, then Machinery's. */
export function importLines(...groups: readonly (readonly string[])[]): string[] {
  const present = groups.filter((group) => group.length > 0);
  if (present.length === 0) return [];
  return ["import (", ...present.flatMap((group, i) => [...(i > 0 ? [""] : []), ...group.map((one) => `\t${one}`)]), ")", ""];
}
