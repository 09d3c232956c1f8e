import { type Chain, type Chord, type Complete, chain, chord, type Group, group, type Item, type ResultOf } from "machinery-ts";
import { tasks, untyped } from "./tasks.js";

// Everything here compiles.
declare function send<I extends Item>(item: I extends Complete<I> ? I : Complete<I>): ResultOf<I>;

// Machinery's README: 48 and 20
const c48: bigint = send(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)));
const c20: bigint = send(chord(group(tasks.add(1n, 1n), tasks.add(5n, 5n)), tasks.multiply()));

// A variadic task, then one that is not; two results into two arguments
send(chain(tasks.add(1n), tasks.add(), tasks.sub.partial(9n)));
send(chain(tasks.divmod(7n, 2n), tasks.sub.partial()));

// Immutable: passes nothing on; said last, it is what counts
send(chain(tasks.add(1n).with({ immutable: true }), tasks.split("a b"), tasks.concat.partial()));
send(chain(tasks.add(1n).with({ immutable: true }).with({ immutable: false }), tasks.sub.partial(1n)));
send(chain(tasks.add(1n).with({ immutable: true }).with({ queue: "q" }), tasks.sub(1n, 2n)));

// An immutable callback gets nothing, whatever the members give
send(chord(group(tasks.add(1n), tasks.split("x")), tasks.sub(2n, 1n).with({ immutable: true })));
// An immutable member still gives its result to the callback
send(chord(group(tasks.add(1n).with({ immutable: true }), tasks.add(2n)), tasks.sub.partial()));

// Nested
const nested: bigint = send(chain(tasks.add(1n, 1n), group(tasks.add(2n), tasks.sub.partial(1n)), tasks.multiply()));
send(chord(group(chain(tasks.add(1n), tasks.sub.partial(1n)), tasks.add(2n)), tasks.sub.partial()));
send(chain(tasks.add(1n), chord(group(tasks.add(), tasks.sub.partial(1n)), tasks.sub.partial()), tasks.add()));
send(chain(tasks.add(1n), group(chain(tasks.sub.partial(1n), tasks.add()), tasks.add()), tasks.sub.partial()));
send(chain(chain(tasks.add(1n), tasks.add()), chain(tasks.sub.partial(1n), tasks.add())));
send(chord(group(tasks.add(1n), tasks.add(2n)), chain(tasks.sub.partial(), tasks.add())));
send(group(group(tasks.add(1n), tasks.split("x")), tasks.none()));
send(chain(group(group(tasks.add(1n)), chain(tasks.add(2n), group(tasks.add(), tasks.add()))), tasks.add()));

// Groups: results are tuples; made from an array, an array
const [sum, words] = send(group(tasks.add(1n), tasks.split("x")));
const sumIs: bigint = sum;
const wordsAre: readonly string[] = words;
const several = [1n, 2n, 3n].map((n) => tasks.add(n));
const fromArray: bigint = send(chord(group(...several), tasks.add()));
const each: readonly bigint[] = send(group(...several));
const wide: readonly [bigint, readonly [bigint, bigint]] = send(
  chain(tasks.add(1n), group(tasks.add(), group(tasks.add(), tasks.sub.partial(1n)))),
);

// Callbacks
send(tasks.add(1n).with({ eta: new Date(), onError: tasks.report.partial(), onSuccess: tasks.sub.partial(1n) }));
send(tasks.add(1n).with({ onError: [tasks.report.partial(), tasks.split.partial()], onSuccess: [tasks.add(), untyped] }));
send(tasks.add(1n).with({ immutable: true, onSuccess: tasks.none() }));

// A callback that runs whatever happens must take any number of results
send(chord(group(tasks.add(1n), tasks.add(2n)), tasks.add(), { onFailure: "run" }));
send(chord(group(tasks.add(1n), tasks.add(2n)), tasks.sub.partial(), { onFailure: "fail" }));

// Results: none, several, objects
export const nothing = (): void => send(tasks.none());
const pair: readonly [bigint, bigint] = send(tasks.divmod(1n, 2n));
const image: { width: number } = send(chain(tasks.crop({ width: 1 }), tasks.crop.partial()));

// Tasks without a contract fit anywhere
send(chain(untyped, tasks.sub.partial(), untyped, untyped));
send(chord(group(untyped, tasks.add(1n)), tasks.sub.partial()));
send(chord(group(...[untyped, untyped]), tasks.sub.partial()));
send(chain(tasks.add(1n), group(untyped, untyped), untyped));

// Put together by types that are not known in advance
declare const anyChain: Chain;
declare const anyChord: Chord;
declare const anyGroup: Group;
const items: Item[] = [anyChain, anyChord, anyGroup, untyped];

export { c20, c48, each, fromArray, image, items, nested, pair, sumIs, wide, wordsAre };
