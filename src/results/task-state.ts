import type { StateFields, StateName } from "../backends/backend.js";
import type { WireArg } from "../wire/signature.js";
import { decodeResults, decodeState } from "../wire/state.js";

/** Machinery's TaskState as read from the backend. */
export class TaskState {
  constructor(
    readonly taskUuid: string,
    readonly taskName: string,
    readonly state: StateName,
    /** `null` while there are none. */
    readonly results: readonly WireArg[] | null,
    /** The task's own error text; empty unless it failed or is being retried. */
    readonly error: string,
    /** RFC 3339; when the task was sent. */
    readonly createdAt: string,
  ) {}

  /** @throws MachineryError `ERR_STATE_CORRUPT` */
  static parse(json: string, uuid: string): TaskState {
    const wire = decodeState(json, uuid);
    return new TaskState(wire.TaskUUID, wire.TaskName, wire.State, wire.Results, wire.Error, wire.CreatedAt);
  }

  /** @throws MachineryError `ERR_STATE_CORRUPT` */
  static of({ id, name, state, results, error, createdAt }: StateFields): TaskState {
    return new TaskState(id, name, state, results === null ? null : decodeResults(results, id), error, createdAt);
  }

  isCompleted(): boolean {
    return this.state === "SUCCESS" || this.state === "FAILURE";
  }

  isSuccess(): boolean {
    return this.state === "SUCCESS";
  }

  isFailure(): boolean {
    return this.state === "FAILURE";
  }
}
