export { backendConformance } from "./backend/index.js";
export type { BackendStage, BackendSubject } from "./backend/subject.js";
export { brokerConformance } from "./broker/index.js";
export type { BrokerStage, BrokerSubject } from "./broker/subject.js";
export type { Assertions, TestFunction } from "./test-function.js";
