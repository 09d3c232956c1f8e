/** `npm run reference` */
import { readFile, writeFile } from "node:fs/promises";
import { withInteropTable } from "../interop/table.js";
import { reference, referencePath } from "./reference.js";

await writeFile(referencePath, await reference());
await writeFile("MIGRATION.md", await withInteropTable(await readFile("MIGRATION.md", "utf8")));
