import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { ownLeash } from "../../services/leash.js";
import { removeFolder, temporaryFolder } from "../../services/temporary-folder.js";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: any;
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** A browser without a window, and one page in it, by Chrome's DevTools protocol over a pipe. */
export class Browser {
  /** What the page, or the browser about the page, has complained of. */
  readonly complaints: string[] = [];
  /** What the page has asked for. */
  readonly requests: string[] = [];
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #calls = new Map<number, (message: Message) => void>();
  #session: string | undefined;
  #loaded: (() => void) | undefined;
  #lastId = 0;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (chunk: string) => {
      const messages = (rest + chunk).split("\0");
      rest = messages.pop()!;
      for (const message of messages) this.#hear(JSON.parse(message));
    });
  }

  static async start(program: string): Promise<Browser> {
    const profile = await temporaryFolder();
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
    const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"];
    const args = [...flags, ...quiet, "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"];
    // It leaves things in the folder for what is temporary, too.
    const env = { ...process.env, TMPDIR: profile };
    const child = spawn(program, args, { env, stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    ownLeash().hold(child.pid!);
    const browser = new Browser(child, profile);
    const { targetId } = await browser.call("Target.createTarget", { url: "about:blank" });
    browser.#session = (await browser.call("Target.attachToTarget", { targetId, flatten: true })).sessionId;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.call(`${domain}.enable`);
    return browser;
  }

  call(method: string, params: object = {}): Promise<any> {
    const id = ++this.#lastId;
    const text = JSON.stringify({ id, method, params, ...(this.#session !== undefined && { sessionId: this.#session }) });
    (this.#child.stdio[3] as Writable).write(`${text}\0`);
    return new Promise((resolve, reject) => {
      this.#calls.set(id, ({ result, error }) => (error === undefined ? resolve(result) : reject(new Error(error.message))));
    });
  }

  /** Opens a page anew, and waits until it is there. */
  async open(url: string): Promise<void> {
    await this.#go("about:blank");
    this.complaints.length = 0;
    this.requests.length = 0;
    await this.#go(url);
  }

  async #go(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.call("Page.navigate", { url });
    await loaded;
  }

  /** What an expression comes to in the page. */
  async evaluate(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
    ownLeash().release(this.#child.pid!);
    await removeFolder(this.#profile);
  }

  #hear({ id, method, params, result, error }: Message): void {
    if (id !== undefined) {
      this.#calls.get(id)?.({ result, ...(error && { error }) });
      this.#calls.delete(id);
    } else if (method === "Page.loadEventFired") this.#loaded?.();
    else if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    else if (method === "Runtime.consoleAPICalled") this.complaints.push(`console.${params.type}`);
    else if (method === "Runtime.exceptionThrown") this.complaints.push(params.exceptionDetails.text);
    else if (method === "Log.entryAdded") this.complaints.push(params.entry.text);
  }
}
