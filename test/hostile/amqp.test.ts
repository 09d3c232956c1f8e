import { randomUUID } from "node:crypto";
import { service } from "../services/service.js";
import { hostileSuite } from "./suite.js";

const { test, url } = await service("rabbitmq");

hostileSuite(test, async () => ({ broker: url, resultBackend: `memory:${randomUUID()}` }));
