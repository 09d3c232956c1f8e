/** A process of its own: opens a store's file and closes it, for `setLastTransaction`. */
import { open } from "lmdb";

await open({ path: process.argv[2]!, noSubdir: false, readOnly: true }).close();
