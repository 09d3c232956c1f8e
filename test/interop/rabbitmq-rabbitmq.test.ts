import { pairs } from "./pairs.js";
import { interopSuite } from "./suite.js";

await interopSuite(pairs["rabbitmq-rabbitmq"]);
