import { matrix } from "./suite.js";

await matrix("amqp", "null");
