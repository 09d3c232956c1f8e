import { matrix } from "./suite.js";

await matrix("redis", "null");
