/**
 * `npm start`: the main job in one process. A worker and a sender, Machinery's README examples, the states of a task as they change, and
 * a picture drawn on threads. The two run in processes of their own just as well: the README shows how.
 */
import { availableParallelism } from "node:os";
import { chain, chord, group, Server, silentLogger } from "machinery-ts";
import { dispatch, senders, tasks } from "../generated/index.js";
import * as handlers from "./index.js";
import { drawMandelbrot } from "./tour-picture.js";

await using server = await Server.connect({ broker: "memory:", resultBackend: "memory:", logger: silentLogger });
const send = senders(server);

console.log("One task, and its states as they change:");
const sum = await send.add(1n, 1n);
// For the tasks whose contract says `run: thread`: where a thread finds the code.
const modules = { dispatch: new URL("../generated/index.js", import.meta.url), handlers: new URL("./index.js", import.meta.url) };
const worker = server.newWorker("tour", { handlers: dispatch(handlers), threads: { ...modules, size: 1 } });
const states: string[] = [];
for await (const { state } of sum.states()) {
  states.push(state);
  if (state === "PENDING") await worker.start();
}
show("add(1, 1)", await sum.get(), `(${states.join(" → ")})`);

console.log("\nIntegers are exact beyond 2^53:");
show("add(9007199254740993, 1)", await (await send.add(9007199254740993n, 1n)).get());

console.log("\nA task's own error reaches who waits for it:");
show("panic_task()", await (await send.panic_task()).get().catch((error: Error) => error.message));

console.log("\nA structured argument, checked against its JSON Schema before anything is sent:");
const image = { id: 9007199254740993n, size: { width: 4000, height: 3000 }, name: "holiday.jpg" };
const { width, height } = await (await send.resize({ image, box: { width: 640, height: 640 }, fit: "contain" })).get();
show("resize(4000 × 3000 into 640 × 640)", `${width} × ${height}`);

console.log("\nA group runs side by side:");
const members = await server.sendGroup(group(tasks.add(1n, 1n), tasks.add(5n, 5n)));
show("group(add(1, 1), add(5, 5))", (await Promise.all(members.map((member) => member.get()))).join(", "));

console.log("\nA chord gives all results of a group to a callback:");
const product = await server.sendChord(chord(group(tasks.add(1n, 1n), tasks.add(5n, 5n)), tasks.multiply()));
show("chord(group(add(1, 1), add(5, 5)), multiply())", await product.get());

console.log("\nA chain passes results on, each after the next task's own arguments:");
const last = await server.sendChain(chain(tasks.add(1n, 1n), tasks.add(5n, 5n), tasks.multiply(4n)));
show("chain(add(1, 1), add(5, 5), multiply(4))", await last.get());

console.log("\nWorkflows nest, and the compiler checks that each result fits where it goes:");
const nested = await server.sendChain(chain(tasks.add(1n, 1n), group(tasks.add(1n), tasks.multiply(10n)), tasks.add()));
show("chain(add(1, 1), group(add(1), multiply(10)), add())", await nested.get());

console.log("\nWhat keeps a CPU busy runs on a thread, and the loop stays free:");
const [primes, meanwhile] = await Promise.all([send.count_primes(20_000_000), send.add(2n, 3n)]);
show("meanwhile, add(2, 3)", await meanwhile.get());
show("count_primes(20000000)", await primes.get());

console.log("\nA picture of the Mandelbrot set: its tiles are a group, joined by a chord's callback:");
const alone = await drawMandelbrot(server, "mandelbrot.png");
show("on 1 thread", seconds(alone));
const cores = availableParallelism();
if (cores > 1) {
  await worker.stop();
  await server.newWorker("tour", { handlers: dispatch(handlers), threads: { ...modules, size: cores } }).start();
  const together = await drawMandelbrot(server, "mandelbrot.png");
  show(`on ${cores} threads`, seconds(together), `(${(alone / together).toFixed(1)} times as fast)`);
}
console.log("  It is in mandelbrot.png.");

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function show(call: string, result: unknown, more = ""): void {
  console.log(`  ${call} = ${result} ${more}`.trimEnd());
}
