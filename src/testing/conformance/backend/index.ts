import type { TestFunction } from "../test-function.js";
import { forgetting } from "./forgetting.js";
import { groups } from "./groups.js";
import { keeping } from "./keeping.js";
import { leases } from "./leases.js";
import { stateRule } from "./states.js";
import type { BackendSubject } from "./subject.js";
import { BackendTrial, type RegisterBackendTest } from "./trial.js";
import { watches } from "./watches.js";

/** Registers the tests that every result backend must pass. */
export function backendConformance(test: TestFunction, subject: BackendSubject): void {
  const register: RegisterBackendTest = (title, body) => BackendTrial.test(test, subject, title, body);
  if (!subject.capabilities.keeps) {
    forgetting(register);
    return;
  }
  stateRule(register, subject);
  keeping(register, subject);
  watches(register, subject);
  groups(register, subject);
  leases(register, subject);
}
