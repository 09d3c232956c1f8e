export type { SentTask, Task } from "./kit/sent-task.js";
export { type DrainOptions, type EndedTask, TestApp, type TestAppOptions } from "./kit/test-app.js";
