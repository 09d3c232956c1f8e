import type { Backend, GroupMember, StateName, StateWrite } from "../../../backends/backend.js";
import { namespaceOf } from "../namespace.js";
import { defaultPatienceMs, within } from "../patience.js";
import type { Assertions, TestFunction } from "../test-function.js";
import type { BackendStage, BackendSubject } from "./subject.js";

/** Longer than any test runs. */
const hourMs = 3_600_000;

/** One test's own backend, ids that nobody else uses, and the few lines that most tests begin with. */
export class BackendTrial {
  readonly subject: BackendSubject;
  readonly stage: BackendStage;
  readonly backend: Backend;
  readonly #namespace: string;
  readonly #backends: Backend[];
  #ids = 0;

  private constructor(subject: BackendSubject, stage: BackendStage, namespace: string, backend: Backend) {
    this.subject = subject;
    this.stage = stage;
    this.#namespace = namespace;
    this.backend = backend;
    this.#backends = [backend];
  }

  /** Registers a test that gets a trial of its own. */
  static test(
    test: TestFunction,
    subject: BackendSubject,
    title: string,
    body: (t: Assertions, trial: BackendTrial) => Promise<void>,
  ) {
    test(`${subject.name}: ${title}`, async (t) => {
      const namespace = namespaceOf(subject.name, title);
      const stage = await subject.open(namespace);
      const trial = new BackendTrial(subject, stage, namespace, await stage.connect());
      try {
        await body(t, trial);
      } finally {
        await Promise.all(trial.#backends.map((backend) => backend.close()));
        await stage.close?.();
      }
    });
  }

  /** Another connection to the same store. */
  async connect(): Promise<Backend> {
    const backend = await this.stage.connect();
    this.#backends.push(backend);
    return backend;
  }

  id(kind: "task" | "group" = "task"): string {
    return `${kind}_${this.#namespace}_${this.#ids++}`;
  }

  async openGroup(members: number, ttlMs = hourMs): Promise<string> {
    const id = this.id("group");
    const names = Array.from({ length: members }, (_, i) => memberName(i));
    await this.backend.openGroup({ id, members: names, json: groupJson(id, names), ttlMs });
    return id;
  }

  within<T>(what: string, promise: Promise<T>): Promise<T> {
    return within(this.subject.patienceMs ?? defaultPatienceMs, what, promise);
  }
}

/** Registers one test; the areas of the suite are functions of this. */
export type RegisterBackendTest = (title: string, body: (t: Assertions, trial: BackendTrial) => Promise<void>) => void;

export const memberName = (index: number): string => `task_member_${index}`;

export const groupJson = (id: string, members: readonly string[]): string =>
  JSON.stringify({ GroupUUID: id, TaskUUIDs: members, ChordCallback: null, ChordTriggered: false, CreatedAt: createdAt(0) });

export const groupMember = (group: string, index: number, count: number, leaseMs = hourMs): GroupMember => ({
  group,
  member: memberName(index),
  count,
  leaseMs,
  ttlMs: hourMs,
});

export const createdAt = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();

/** A state as the core writes it. */
export function stateWrite(id: string, state: StateName, fields: Partial<StateWrite> = {}): StateWrite {
  const write = { name: "add", results: null, error: "", createdAt: createdAt(0), ttlMs: hourMs, ...fields };
  const json =
    `{"TaskUUID":${JSON.stringify(id)},"TaskName":${JSON.stringify(write.name)},"State":"${state}",` +
    `"Results":${write.results},"Error":${JSON.stringify(write.error)},"CreatedAt":"${write.createdAt}"}`;
  return { id, state, json, ...write };
}

/** What a reader makes of a stored state. Some backends store fields, so that the JSON need not be the same text. */
export interface ReadState {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly results: unknown;
  readonly error: string;
  readonly createdAt: number;
}

export function readState(json: string | null): ReadState | null {
  if (json === null) return null;
  const { TaskUUID, TaskName, State, Results, Error: error, CreatedAt } = JSON.parse(json);
  return { id: TaskUUID, name: TaskName, state: State, results: Results, error, createdAt: Date.parse(CreatedAt) };
}

export const stateOf = (json: string | null): string | null => readState(json)?.state ?? null;
