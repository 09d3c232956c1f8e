import { matrix } from "./suite.js";

await matrix("file", "null");
