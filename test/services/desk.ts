import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Kind, kinds } from "./kinds.js";
import { ownLeash } from "./leash.js";
import { findProgramOf, findSource, MissingServer, type Service, startFrom } from "./sources.js";

/** What a test file asks for: a server to share, or the program of servers that it starts itself. */
export interface Question {
  readonly kind: Kind;
  readonly want: "service" | "program";
  readonly file: string;
}

/** What a test file tells of two servers together: how many of its tests passed. */
export interface PairRun {
  readonly broker: string;
  readonly backend: string;
  readonly passed: number;
}

export type Answer =
  | { readonly service: Service }
  | { readonly program: string }
  | { readonly missing: string }
  | { readonly failed: string };

/** Where a run's test files ask for servers. Each server is started once, when the first one asks. */
export class Desk {
  readonly address = join(ownLeash().folder, "desk");
  readonly #questions: Question[] = [];
  readonly pairs: PairRun[] = [];
  readonly #services = new Map<Kind, Promise<Answer>>();
  readonly #programs = new Map<Kind, Promise<Answer>>();
  readonly #server = createServer((socket) => {
    socket.on("error", () => {});
    const lines = createInterface(socket);
    // A test file that has gone away needs no answer.
    lines.on("error", () => {});
    lines.on("line", async (line) => {
      const said = JSON.parse(line) as Question | PairRun;
      if ("passed" in said) {
        this.pairs.push(said);
        socket.end();
        return;
      }
      const question = said;
      this.#questions.push(question);
      socket.end(`${JSON.stringify(await this.#answer(question))}\n`);
    });
  });

  static async open(): Promise<Desk> {
    const desk = new Desk();
    desk.#server.listen(desk.address);
    await once(desk.#server, "listening");
    return desk;
  }

  /** Starts all servers before anybody asks. Resolves when what is missing has been installed; the servers may still be starting. */
  async startAll(): Promise<void> {
    const all = (Object.keys(kinds) as Kind[]).map(async (kind) => {
      const found = findSource(kind, true);
      this.#services.set(
        kind,
        attempt(async () => ({ service: await startFrom(await found) })),
      );
      await found.catch(() => {});
    });
    await Promise.all(all);
  }

  /** What was asked, and the answers, by kind of server. */
  async report(): Promise<Map<Kind, Report>> {
    const report = new Map<Kind, Report>();
    for (const kind of Object.keys(kinds) as Kind[]) {
      const filesThatWant = (want: Question["want"]) =>
        new Set(this.#questions.filter((question) => question.kind === kind && question.want === want).map(({ file }) => file))
          .size;
      report.set(kind, {
        service: await this.#services.get(kind),
        program: await this.#programs.get(kind),
        sharing: filesThatWant("service"),
        starting: filesThatWant("program"),
      });
    }
    return report;
  }

  close(): void {
    this.#server.close();
  }

  #answer({ kind, want }: Question): Promise<Answer> {
    const known = want === "service" ? this.#services : this.#programs;
    let answer = known.get(kind);
    if (answer === undefined) {
      answer = want === "service" ? serve(kind) : provide(kind);
      known.set(kind, answer);
    }
    return answer;
  }
}

/** One kind of server in a run: the answers given, and how many test files asked. */
export interface Report {
  readonly service: Answer | undefined;
  readonly program: Answer | undefined;
  readonly sharing: number;
  readonly starting: number;
}

/** A server to share. */
export function serve(kind: Kind, install = true): Promise<Answer> {
  return attempt(async () => ({ service: await startFrom(await findSource(kind, install)) }));
}

/** The program of a server. */
export function provide(kind: Kind, install = true): Promise<Answer> {
  return attempt(async () => ({ program: await findProgramOf(kind, install) }));
}

function attempt(find: () => Promise<Answer>): Promise<Answer> {
  return find().catch((error) => (error instanceof MissingServer ? { missing: error.message } : { failed: error.message }));
}
