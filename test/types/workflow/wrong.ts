import { type Complete, chain, chord, group, type Item, type ResultOf } from "machinery-ts";
import { tasks } from "./tasks.js";

// No statement here compiles. What follows each @ts-expect-error is what the compiler says there; workflow.test.ts holds it to that.
declare function send<I extends Item>(item: I extends Complete<I> ? I : Complete<I>): ResultOf<I>;

// @ts-expect-error this task still lacks (string), the task before gives (int64)
chain(tasks.add(1n), tasks.split.partial());
// @ts-expect-error this task still lacks (int64, int64), the task before gives (int64)
chain(tasks.add(1n), tasks.sub.partial());
// @ts-expect-error this task still lacks (int64), the task before gives (int64, int64)
chain(tasks.divmod(7n, 2n), tasks.sub.partial(1n));
// @ts-expect-error this task still lacks (nothing), the task before gives (int64)
chain(tasks.add(1n), tasks.split("a"));
// @ts-expect-error this task still lacks (uint32), the task before gives (int8)
chain(tasks.small(1), tasks.large.partial());
// @ts-expect-error this task still lacks (object Tag), the task before gives (object Image)
chain(tasks.crop({ width: 1 }), tasks.tag.partial());
// @ts-expect-error this task still lacks (int64), the task before gives (nothing)
chain(tasks.add(1n).with({ immutable: true }), tasks.sub.partial(1n));
// @ts-expect-error this task still lacks (string), the task before gives (int64)
chain(tasks.add(1n), tasks.add(), tasks.add(), tasks.split.partial(), tasks.concat.partial());
// @ts-expect-error this task still lacks (int64), the sender gives (nothing)
send(tasks.sub.partial(1n));
// @ts-expect-error this chain's first task still lacks (int64, int64), the sender gives (nothing)
send(chain(tasks.sub.partial(), tasks.add()));
// @ts-expect-error a task of this group still lacks (int64), the sender gives (nothing)
send(group(tasks.add(1n), tasks.sub.partial(1n)));
// @ts-expect-error this task still lacks (int64), the members give (int64, int64)
chord(group(tasks.add(1n), tasks.add(2n)), tasks.sub.partial(1n));
// @ts-expect-error this task still lacks (int64, int64), the members give (...int64)
chord(group(...[1n].map((n) => tasks.add(n))), tasks.sub.partial());
// @ts-expect-error this task still lacks (int64, int64), the members that succeed give (...int64)
chord(group(tasks.add(1n), tasks.add(2n)), tasks.sub.partial(), { onFailure: "run" });
// @ts-expect-error this task still lacks (int64), the members give (nothing)
chord(group(tasks.add(1n)), tasks.sub.partial(1n).with({ immutable: true }));
// @ts-expect-error a task of this group still lacks (string), the task before gives (int64)
chain(tasks.add(1n), group(tasks.add(), tasks.split.partial()), tasks.add());
// @ts-expect-error a task of this group still lacks (nothing), the task before gives (int64)
chain(tasks.add(1n), group(tasks.add(), tasks.split("x").with({ immutable: true })), tasks.add());
// @ts-expect-error this task still lacks (...int64), the group before gives (int64, []string)
chain(group(tasks.add(1n), tasks.split("x")), tasks.add());
// @ts-expect-error a group cannot follow a group: put a task between them
chain(group(tasks.add(1n), tasks.add(2n)), group(tasks.add(), tasks.add()));
// @ts-expect-error a group cannot follow a group: put a task between them
chain(group(tasks.add(1n)), chord(group(tasks.add()), tasks.add()));
// @ts-expect-error a chord's callback is one task, or a chain that starts with one
chord(group(tasks.add(1n)), group(tasks.add(), tasks.add()));
// @ts-expect-error this chain's first task still lacks (string), the members give (int64)
chord(group(tasks.add(1n)), chain(tasks.split.partial(), tasks.concat.partial()));
// @ts-expect-error this chain's first task still lacks (nothing), the task before gives (int64)
chain(tasks.add(1n), group(chain(tasks.split("a"), tasks.concat.partial()), tasks.add()));
// @ts-expect-error this task still lacks (...int64), it gets the error's text (string)
tasks.add(1n).with({ onError: tasks.add() });
// @ts-expect-error this task still lacks (string), it gets (int64)
tasks.add(1n).with({ onSuccess: tasks.split.partial() });
// @ts-expect-error this task still lacks (int64), it gets (nothing)
tasks.add(1n).with({ immutable: true, onSuccess: tasks.sub.partial(1n) });
// @ts-expect-error 'queu' does not exist in type 'SignatureOptions'. Did you mean to write 'queue'?
tasks.add(1n).with({ queu: "images" });
// @ts-expect-error Type 'readonly string[]' is not assignable to type 'string'.
const result: string = send(chain(tasks.split("a"), tasks.concat.partial(), tasks.split.partial()));
// @ts-expect-error Type 'readonly [bigint, readonly string[]]' is not assignable to type 'readonly [bigint, bigint]'.
const results: readonly [bigint, bigint] = send(group(tasks.add(1n), tasks.split("x")));
// @ts-expect-error Type 'string' is not assignable to type 'number'.
tasks.add(1n).with({ priority: "high" });

export { result, results };
