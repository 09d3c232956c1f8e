import { service } from "../services/service.js";
import { goTest } from "./go-test.js";
import { interopSuite } from "./suite.js";

const rabbitmq = await service("rabbitmq");
interopSuite(await goTest(rabbitmq.test), "v2", { broker: rabbitmq.url, backend: rabbitmq.url });
