/**
 * How often each task of a run was run, as workers tell it: a byte a task. A rate of tasks that were lost, or run twice, is no rate.
 *
 * @param ledgers one of each worker, in base64
 * @throws Error unless each of `count` tasks was run once
 */
export function checkOnce(name: string, count: number, ledgers: readonly string[]): void {
  const runs = new Uint32Array(count);
  for (const ledger of ledgers) {
    const bytes = Buffer.from(ledger, "base64");
    if (bytes.length !== count) throw new Error(`${name} kept account of ${bytes.length} tasks, not of ${count}`);
    for (const [i, times] of bytes.entries()) runs[i]! += times;
  }
  const lost = runs.filter((times) => times === 0).length;
  const again = runs.filter((times) => times > 1).length;
  if (lost + again > 0) throw new Error(`${name}: of ${count} tasks ${lost} were not run, ${again} more than once`);
}
