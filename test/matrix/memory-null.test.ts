import { matrix } from "./suite.js";

await matrix("memory", "null");
