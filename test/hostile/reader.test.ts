import test from "ava";
import fc from "fast-check";
import { MachineryError } from "../../src/errors.js";
import { decodeGroupMeta } from "../../src/wire/group.js";
import { stringifyJson } from "../../src/wire/json.js";
import { JsonNumber, type JsonValue } from "../../src/wire/json-value.js";
import { defaultLimits } from "../../src/wire/limits.js";
import { decodeMessage, parseMessage, readMessage } from "../../src/wire/message.js";
import { encodeWireSignature } from "../../src/wire/signature.js";
import { decodeState } from "../../src/wire/state.js";
import { checkReadWithoutArgs, readWithoutArgs } from "../../src/wire/without-args.js";
import { amount, tellFigure } from "../chaos/figures.js";
import { count, seed } from "../chaos/profile.js";
import { vectors } from "../wire/vectors.js";
import { accepted, fill, refused } from "./messages.js";
import { mutation, replacement } from "./mutations.js";
import { strangers, watchPrototypes } from "./prototypes.js";

const messages = vectors("message-").map(({ text }) => text);
const options = { numRuns: count(5_000, 100_000), seed };

const changed = fc
  .tuple(fc.constantFrom(...messages), fc.oneof(mutation, replacement))
  .map(([text, change]) => change(text))
  .filter((bytes) => bytes.length > 0);

/** What a reader makes of it: a value, or the error, which must be one for the reader of an error. */
function outcomeOf<T>(read: () => T): { readonly value: T } | { readonly code: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof MachineryError)) throw error;
    if (error.message.length > 800) throw new Error(`an error of ${error.message.length} characters`);
    return { code: error.code };
  }
}

/** A value without what Go fills in where it is not there, whatever the order of the rest. */
function filled(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) return value;
  if (Array.isArray(value)) return value.map(filled);
  const entries = Object.entries(value).filter(([, held]) => held !== null && held !== "" && held !== 0 && held !== false);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, held]) => [key, filled(held)]));
}

function holds(arbitrary: fc.Arbitrary<Buffer>, property: (bytes: Buffer) => void): fc.IPropertyWithHooks<[Buffer]> {
  return fc.property(arbitrary, property);
}

test("no hostile message changes a prototype: neither one that all share, nor that of what is read", (t) => {
  const changed = watchPrototypes();
  for (const [what, { body }] of [...refused, ...accepted]) {
    const bytes = fill(body, "task_1", "queue");
    // Where keys must be unique the exact reader reads all, and not only what has numbers for it.
    for (const uniqueKeys of [false, true]) {
      const outcome = outcomeOf(() => parseMessage(bytes, { ...defaultLimits, uniqueKeys }));
      t.deepEqual(changed(), [], what);
      if ("value" in outcome) t.deepEqual(strangers(outcome.value), [], what);
    }
  }
});

test("a message whose bytes were changed is read as what it is now, or refused, and is the same when it is written", (t) => {
  t.timeout(count(1, 20) * 60_000);
  const prototypes = watchPrototypes();
  let taken = 0;
  fc.assert(
    holds(changed, (bytes) => {
      const outcome = outcomeOf(() => decodeMessage(bytes));
      if ("code" in outcome) return;
      taken++;
      t.deepEqual(strangers(outcome.value), []);
      const again = decodeMessage(Buffer.from(encodeWireSignature(outcome.value)));
      t.deepEqual(filled(again as never), filled(outcome.value as never));
    }),
    options,
  );
  t.deepEqual(prototypes(), []);
  t.true(taken > options.numRuns / 100, `${taken} were accepted`);
  tellFigure(t, {
    what: "F18, what is read is written",
    much: `${amount(options.numRuns)} messages with bytes changed`,
    other: `${amount(taken)} were accepted and came out the same`,
  });
  t.log(`${options.numRuns} messages, ${taken} accepted (seed ${seed})`);
});

test("what a reader knows of messages like it makes no difference", (t) => {
  t.timeout(count(1, 20) * 60_000);
  for (const text of messages) readMessage(Buffer.from(text));
  const prototypes = watchPrototypes();
  let known = 0;
  fc.assert(
    holds(changed, (bytes) => {
      const seen = outcomeOf(() => readMessage(bytes));
      // With this setting nothing that was known before is asked.
      const plain = outcomeOf(() => readMessage(bytes, { ...defaultLimits, uniqueKeys: true }));
      if ("code" in plain && plain.code === "ERR_MSG_DUP_KEY") return;
      if ("code" in seen || "code" in plain) return void t.deepEqual(seen, plain);
      if (seen.value.layout !== undefined) known++;
      t.deepEqual([...strangers(seen.value.message), ...strangers(plain.value.message)], []);
      t.is(stringifyJson(seen.value.message), stringifyJson(plain.value.message));
    }),
    options,
  );
  t.deepEqual(prototypes(), []);
  t.true(known > 0, "none was known");
  tellFigure(t, {
    what: "F18, the reader",
    much: `${amount(options.numRuns)} messages, read in two ways`,
    other: `no difference; of ${amount(known)} one like them was known`,
  });
  t.log(`${options.numRuns} messages, ${known} like one before (seed ${seed})`);
});

test("a large message whose arguments are left unread is the one that reading it whole gives, or is refused then", (t) => {
  t.timeout(count(1, 20) * 60_000);
  const filling = `"Args":[{"Type":"string","Value":"${"x".repeat(20_000)}"}],"Headers"`;
  const large = messages
    .map((text) => text.replace(/"Args":(?:null|\[.*?\]),"Headers"/, filling))
    .filter((text) => text.length > 20_000);
  t.true(large.length > 5);
  let unread = 0;
  const changedLarge = fc.tuple(fc.constantFrom(...large), mutation).map(([text, change]) => change(text));
  fc.assert(
    holds(changedLarge, (bytes) => {
      const outer = readWithoutArgs(bytes, defaultLimits);
      if (outer === undefined) return;
      const whole = outcomeOf(() => {
        const { message } = readMessage(bytes);
        checkReadWithoutArgs(message, bytes, defaultLimits);
        return message;
      });
      if ("code" in whole) return;
      unread++;
      for (const [field, value] of Object.entries(outer)) {
        if (field in whole.value && field !== "Args" && /^[A-Z]/.test(field) && field.length < 20) {
          t.is(stringifyJson(value), stringifyJson(whole.value[field]!), field);
        }
      }
    }),
    { ...options, numRuns: count(1_000, 20_000) },
  );
  t.true(unread > 0, "none was left unread");
});

test("a stored record whose bytes were changed is read, or is told to be corrupt", (t) => {
  t.timeout(count(1, 20) * 60_000);
  const states = vectors("state-").map(({ text }) => text);
  const groups = vectors("group-").map(({ text }) => text);
  const record = (texts: readonly string[]) =>
    fc.tuple(fc.constantFrom(...texts), fc.oneof(mutation, replacement)).map(([text, change]) => change(text));
  const corruptOrRead = (read: (json: string) => unknown) => (bytes: Buffer) => {
    const outcome = outcomeOf(() => read(bytes.toString()));
    if ("code" in outcome) t.is(outcome.code, "ERR_STATE_CORRUPT");
  };
  const runs = { ...options, numRuns: options.numRuns / 2 };
  fc.assert(
    holds(
      record(states),
      corruptOrRead((json) => decodeState(json, "task_x")),
    ),
    runs,
  );
  fc.assert(
    holds(
      record(groups),
      corruptOrRead((json) => decodeGroupMeta(json, "group_x")),
    ),
    runs,
  );
  t.pass();
});
