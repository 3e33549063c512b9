// Several aggregators on one store, each on a port that it keeps.
import { stablePort } from '@oncelog/testing';
import { type AggregatorProcess, type Exit, launchAggregator, type LaunchOptions } from './aggregator-process.ts';

export interface ReplicaSetOptions {
  readonly count: number;
  /** A database that all of them share. */
  readonly store: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class ReplicaSet implements AsyncDisposable {
  readonly #replicas: AggregatorProcess[];
  readonly #launch: LaunchOptions;

  private constructor(replicas: AggregatorProcess[], launch: LaunchOptions) {
    this.#replicas = replicas;
    this.#launch = launch;
  }

  /** All at once, as an orchestrator does. */
  static async launch({ count, ...launch }: ReplicaSetOptions): Promise<ReplicaSet> {
    const ports = await Promise.all(Array.from({ length: count }, () => stablePort()));
    const launched = await Promise.allSettled(ports.map((port) => launchAggregator({ ...launch, port })));
    const replicas = launched.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const set = new ReplicaSet(replicas, launch);
    if (replicas.length === count) return set;
    await set[Symbol.asyncDispose]();
    throw launched.find((each) => each.status === 'rejected')!.reason;
  }

  /** Of each, host:port. */
  get targets(): readonly string[] {
    return this.#replicas.map(({ target }) => target);
  }

  /** All of them, as clients take a list. */
  get target(): string {
    return this.targets.join(',');
  }

  at(index: number): AggregatorProcess {
    return this.#replicas[index]!;
  }

  end(index: number, signal: NodeJS.Signals): Promise<Exit> {
    return this.at(index).end(signal);
  }

  endAll(signal: NodeJS.Signals): Promise<Exit[]> {
    return Promise.all(this.#replicas.map((replica) => replica.end(signal)));
  }

  /** One that has ended, where it was. */
  async start(index: number): Promise<void> {
    this.#replicas[index] = await launchAggregator({ ...this.#launch, port: this.at(index).port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endAll('SIGKILL');
  }
}
