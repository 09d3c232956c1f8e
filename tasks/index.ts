export { add, multiply, sum_floats, sum_ints } from "./arithmetic.js";
export { resize } from "./images.js";
export { join_tiles, mandelbrot_tile } from "./mandelbrot.js";
export { count_primes } from "./primes.js";
export { concat, split } from "./strings.js";
export { fail, long_running_task, panic_task } from "./trouble.js";
export { every, none, slices } from "./types.js";
