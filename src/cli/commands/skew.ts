import type { Command } from "commander";
import type { TaskVersionInUse, VersionSurvey } from "../../server/version-survey.js";
import type { JsonValue } from "../../wire/json.js";
import { addConnectionOptions, type ConnectionOptions, withServer } from "../connection.js";
import { duration, wholeNumber } from "../option-values.js";
import { print, printJson } from "../outcome.js";

interface Options extends ConnectionOptions {
  readonly limit: number;
  readonly wait: number;
  readonly json?: boolean;
}

export function addSkew(program: Command): void {
  const command = program
    .command("skew")
    .summary("show which versions of tasks wait in a queue, and who runs them")
    .description(
      "Shows which versions of tasks wait in a queue or are not due yet, by the hash of the contract that they were sent with, and which " +
        "workers run, migrate or only validate them. Takes none of them. Exits with 1 if something waits of a version that no worker " +
        "here knows.",
    )
    .argument("[queue]", "default: the default queue")
    .option("--limit <number>", "look at so many messages in each place", wholeNumber(1, 1_000_000), 1000)
    .option("--wait <duration>", "how long workers have to answer", duration, 1000)
    .option("--json", "print JSON");
  addConnectionOptions(command)
    .addHelpText(
      "after",
      `
Workers of Go Machinery do not answer; their messages carry no version either, and are validated where they arrive.

Examples:
  $ machinery skew
  $ machinery skew images --json --broker redis://localhost:6379`,
    )
    .action((given: string | undefined, options: Options) =>
      withServer(options, async (server) => {
        const queue = given ?? server.config.defaultQueue;
        const view = server.getBroker();
        const survey = await view.versions(queue, options.limit, options.wait);
        if (options.json) printJson(survey as unknown as JsonValue);
        else {
          for (const version of survey.versions) print(lineOf(version, survey));
          const { pending, delayed } = await view.inspect(queue);
          process.stderr.write(`${[queue, ...remarks(survey, pending, delayed)].join("\n  ")}\n`);
        }
        if (survey.workers !== undefined && survey.versions.some(isStrange)) process.exitCode = 1;
      }),
    );
}

/** Whether something waits that at best happens to fit. */
function isStrange({ pending, delayed, runBy, migratedBy }: TaskVersionInUse): boolean {
  return pending + delayed > 0 && runBy.length + migratedBy.length === 0;
}

function lineOf({ task, hash = "no version", pending, delayed, ...who }: TaskVersionInUse, { workers }: VersionSurvey): string {
  const waiting = [pending > 0 ? `${pending} pending` : "", delayed > 0 ? `${delayed} delayed` : ""].filter((part) => part !== "");
  const takers = [
    list("run by", who.runBy),
    list("migrated by", who.migratedBy),
    list("only validated by", who.validatedBy),
  ].filter((part) => part !== "");
  if (takers.length === 0 && workers !== undefined) takers.push("no worker has the task");
  return `${task} ${hash}: ${[waiting.join(", ") || "none waits", ...takers].join("; ")}`;
}

function list(what: string, workers: readonly string[]): string {
  return workers.length === 0 ? "" : `${what} ${workers.join(", ")}`;
}

/** What the lines do not say, or could not. */
function remarks({ workers, pending, delayed }: VersionSurvey, allPending: number, allDelayed: number | null): string[] {
  const unseen = Math.max(0, allPending - (pending ?? 0)) + Math.max(0, (allDelayed ?? 0) - (delayed ?? 0));
  return [
    workers === undefined ? "this broker cannot ask who works on it" : `workers that answered: ${workers.join(", ") || "none"}`,
    ...(pending === undefined ? ["this broker does not show what is pending"] : []),
    ...(delayed === undefined ? ["this broker does not show what is delayed"] : []),
    ...(unseen > 0 ? [`${unseen} more messages were not looked at`] : []),
  ];
}
