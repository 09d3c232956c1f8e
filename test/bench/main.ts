/** `npm run bench [-- --quick]`: how fast it is on this machine, each figure beside what it is measured against. */
import { measure, table } from "./measure.js";
import { bareLoop, roundTrips } from "./round-trips.js";

const quick = process.argv.includes("--quick");
const scale = quick ? 0.1 : 1;
const repetitions = quick ? 1 : 5;

console.log("One process, from send.add() to its result, 500 in flight, all states stored:\n");
const memory = await roundTrips("memory:", "memory:bench", 100_000 * scale);
console.log(table(await measure([bareLoop(100_000 * scale), memory], repetitions)));
await memory.close();
