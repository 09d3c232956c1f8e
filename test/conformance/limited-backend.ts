import type { Backend, BackendCapabilities, WriteOutcome } from "../../src/backends/backend.js";
import { memoryBackendCapabilities } from "../../src/backends/memory.js";
import { MachineryError } from "../../src/errors.js";
import { overriding } from "./overriding.js";

export const limitedBackendCapabilities: BackendCapabilities = Object.freeze({ ...memoryBackendCapabilities, push: false });

const largest = 1 << 20;

/** The memory backend without notices, which takes no state of a mebibyte or more. */
export function limitedBackend(backend: Backend): Backend {
  return overriding(backend, {
    capabilities: limitedBackendCapabilities,
    watch: () => ({ add: () => {}, remove: () => {}, close: () => {} }),
    async write(writes) {
      const outcomes: WriteOutcome[] = [];
      for (const write of writes) {
        const [outcome] = write.json.length < largest ? await backend.write([write]) : [];
        outcomes.push(outcome ?? { ok: false, stored: null, error: new MachineryError("ERR_BACKEND", "The state is too large.") });
      }
      return outcomes;
    },
  });
}
