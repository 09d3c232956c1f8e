import { count } from "../chaos/profile.js";
import { service } from "../services/service.js";
import { hostileSuite } from "./suite.js";

const { test, url } = await service("redis");

hostileSuite(test, "Redis", count(300, 10_000), async () => ({ broker: url, resultBackend: url }));
