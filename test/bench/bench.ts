import { findSource, startFrom } from "../services/sources.js";
import { type Comparison, comparisonTable, type Unit } from "./comparison.js";
import type { Contender } from "./contenders.js";
import { type Curve, curveTable } from "./curve.js";
import { environment } from "./environment.js";
import { alternate, type Case, type Measured, measure, type Rounds } from "./measure.js";
import type { Options } from "./options.js";
import type { Peer } from "./peers/peer.js";
import type { Results } from "./results.js";

/** A server that cases ask for. */
type Kind = "redis" | "rabbitmq";

/** One run of the bench: what its cases work with, and what they found. */
export class Bench {
  readonly quick: boolean;
  readonly rounds: Rounds;
  readonly #comparisons: Comparison[] = [];
  readonly #curves: Curve[] = [];
  readonly #versions = new Map<string, string>();
  readonly #peers = new Map<Peer, Contender[]>();
  readonly #servers = new Map<Kind, Promise<string>>();

  constructor({ quick }: Pick<Options, "quick">) {
    this.quick = quick;
    this.rounds = quick ? { warmUps: 0, repetitions: 1 } : { warmUps: 1, repetitions: 5 };
  }

  /** How often each point of a curve is measured: a curve has many of them. */
  get growthRepetitions(): number {
    return Math.min(this.rounds.repetitions, 3);
  }

  /** How many there are of something this time. */
  count(full: number): number {
    return this.quick ? Math.ceil(full / 10) : full;
  }

  /** The same of several numbers, none of them twice. */
  counts(full: readonly number[]): number[] {
    return [...new Set(full.map((each) => this.count(each)))];
  }

  /** The URL of a server, which is started when it is first asked for. */
  url(kind: Kind): Promise<string> {
    let url = this.#servers.get(kind);
    url ??= this.#start(kind);
    this.#servers.set(kind, url);
    return url;
  }

  async #start(kind: Kind): Promise<string> {
    const { url, from } = await startFrom(await findSource(kind, true));
    const [, version] = /(\d+(?:\.\d+)+)/.exec(from) ?? [];
    this.usesVersion(kind === "redis" ? "Redis" : "RabbitMQ", version ?? from);
    return url;
  }

  /** Another library, installed if need be; where it cannot be had it is left out, and a line says so. */
  prepare(peer: Peer): Contender[] {
    const known = this.#peers.get(peer);
    if (known !== undefined) return known;
    const contenders: Contender[] = [];
    this.#peers.set(peer, contenders);
    try {
      if (this.quick && !peer.isQuick) throw new Error("it takes too long for a quick run");
      if (!peer.isInstalled()) peer.install();
      this.usesVersion(peer.name, peer.version());
      contenders.push(peer.contender());
    } catch (error) {
      console.log(`${peer.name} is left out: ${(error as Error).message.trim().split("\n").at(-1)}\n`);
    }
    return contenders;
  }

  /** Notes the version of something that is measured, or measured on. */
  usesVersion(name: string, version: string): void {
    this.#versions.set(name, version);
  }

  /** Measures cases side by side, in operations per second. */
  async compare(name: string, title: string, cases: readonly Case[]): Promise<Measured[]> {
    const rows = await measure(cases, this.rounds);
    this.add({ name, title, unit: "/s", rows });
    return rows;
  }

  /** Measures by a figure of one's own. */
  async compareBy<T extends { readonly name: string; readonly count: number }>(
    { name, title, unit }: { name: string; title: string; unit: Unit },
    things: readonly T[],
    once: (thing: T) => Promise<number>,
  ): Promise<void> {
    this.add({ name, title, unit, rows: await alternate(things, this.rounds, once) });
  }

  add(comparison: Comparison): void {
    this.#comparisons.push(comparison);
    console.log(`${comparison.name}: ${comparison.title}\n\n${comparisonTable(comparison)}\n`);
  }

  addCurve(curve: Curve): void {
    this.#curves.push(curve);
    console.log(`${curve.name}: ${curve.title}\n\n${curveTable(curve)}\n`);
  }

  get results(): Results {
    const versions = Object.fromEntries([...this.#versions].sort(([a], [b]) => a.localeCompare(b)));
    return {
      environment: environment(versions),
      repetitions: this.rounds.repetitions,
      comparisons: this.#comparisons,
      curves: this.#curves,
    };
  }
}
