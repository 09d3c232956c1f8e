/** The same function as machinery-ts runs, in BullMQ's sandbox. */
import { count_primes } from "../../../../dist/tasks/primes.js";

export default async ({ data }) => count_primes(data);
