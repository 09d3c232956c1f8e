import { matrix } from "./suite.js";

await matrix("amqp", "memory");
