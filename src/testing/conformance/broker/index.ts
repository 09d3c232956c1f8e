import type { TestFunction } from "../test-function.js";
import { delays } from "./delays.js";
import { inspecting } from "./inspecting.js";
import { leases } from "./leases.js";
import { noticing } from "./noticing.js";
import { publishing } from "./publishing.js";
import { settling } from "./settling.js";
import type { BrokerSubject } from "./subject.js";
import { taking } from "./taking.js";
import { BrokerTrial, type RegisterBrokerTest } from "./trial.js";
import { volume } from "./volume.js";

/** Registers the tests that every broker adapter must pass. */
export function brokerConformance(test: TestFunction, subject: BrokerSubject): void {
  const register: RegisterBrokerTest = (title, body) => BrokerTrial.test(test, subject, title, body);
  publishing(register, subject);
  taking(register);
  settling(register);
  leases(register);
  delays(register, subject);
  inspecting(register, subject);
  noticing(register, subject);
  volume(register);
}
