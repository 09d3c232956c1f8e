/** Whether this is continuous integration, where a missing server is a failure. */
export function isContinuousIntegration(): boolean {
  const { CI } = process.env;
  return CI !== undefined && CI !== "" && CI !== "false";
}
