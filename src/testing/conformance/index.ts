export { brokerConformance } from "./broker/index.js";
export type { BrokerStage, BrokerSubject } from "./broker/subject.js";
export type { Assertions, TestFunction } from "./test-function.js";
