/** `npm run reference` */
import { writeFile } from "node:fs/promises";
import { reference, referencePath } from "./reference.js";

await writeFile(referencePath, await reference());
