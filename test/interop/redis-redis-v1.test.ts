import { service } from "../services/service.js";
import { goTest } from "./go-test.js";
import { interopSuite } from "./suite.js";

const { test, url } = await service("redis");
interopSuite(await goTest(test), "v1", { broker: url, backend: url });
