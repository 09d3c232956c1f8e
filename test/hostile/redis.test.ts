import { service } from "../services/service.js";
import { hostileSuite } from "./suite.js";

const { test, url } = await service("redis");

hostileSuite(test, async () => ({ broker: url, resultBackend: url }));
