// Stores with many events in them, made once a run by the aggregator itself, and copied by whoever begins with one.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadSpec } from '../load/load.ts';
import type { LivenessProbe } from '../measure/liveness-probe.ts';
import { figuresOf, peakMemoryBytes } from '../measure/process-figures.ts';
import { startOnDirectory } from '../peers/oncelog.ts';
import type { FillResult } from '../report/report.ts';
import { streamOf500, usualLoad } from '../scenarios/scenario.ts';
import type { Lifetime } from './lifetime.ts';
import { LoadProcess } from './load-process.ts';

const eventsPerPart = 100_000;
/** How often it says how far it is. */
const eventsPerNote = 1_000_000;

export interface FilledStoresOptions {
  readonly lifetime: Lifetime;
  readonly liveness: LivenessProbe;
  readonly seed: number;
  readonly note: (text: string) => void;
}

export class FilledStores {
  readonly fills: FillResult[] = [];
  readonly #options: FilledStoresOptions;
  readonly #folder: string;
  readonly #directories = new Map<number, string>();

  constructor(options: FilledStoresOptions) {
    this.#options = options;
    this.#folder = options.lifetime.folder('stores');
  }

  /** A data directory that nobody has open, with exactly so many events. */
  async directoryOf(stored: number): Promise<string> {
    const known = this.#directories.get(stored);
    if (known !== undefined) return known;
    const directory = join(this.#folder, String(stored));
    const smaller = Math.max(-1, ...[...this.#directories.keys()].filter((each) => each < stored));
    if (smaller > 0) cpSync(this.#directories.get(smaller)!, directory, { recursive: true });
    await this.#fill(directory, Math.max(0, smaller), stored);
    this.#directories.set(stored, directory);
    return directory;
  }

  async #fill(directory: string, from: number, stored: number): Promise<void> {
    const { lifetime, liveness } = this.#options;
    const { child, pid, url, address } = await startOnDirectory(lifetime, directory);
    if (stored > from) {
      const load = await LoadProcess.open(lifetime, 'oncelog', address, streamOf500);
      const stopAsking = liveness.start(url);
      const elapsedMs = await this.#send(load, from, stored);
      stopAsking();
      this.fills.push({
        stored,
        ingested: stored - from,
        eventsPerSecond: ((stored - from) * 1000) / elapsedMs,
        memoryBytes: figuresOf(pid)?.memoryBytes,
        peakMemoryBytes: peakMemoryBytes(pid),
      });
      await load.close();
    }
    await lifetime.endChild(child);
  }

  async #send(load: LoadProcess, from: number, stored: number): Promise<number> {
    let elapsedMs = 0;
    for (let done = from; done < stored; done += eventsPerPart) {
      if (done % eventsPerNote === 0) this.#options.note(`filling a store: ${done} of ${stored} events`);
      const count = Math.min(eventsPerPart, stored - done);
      const part: LoadSpec = { ...usualLoad, repeats: 0, seed: this.#options.seed, name: 'fill', round: done, count };
      await load.call('prepare', part);
      const sent = await load.call('send', undefined);
      if (sent.tally.stored !== count) throw new Error(`${sent.tally.stored} of ${count} events were stored`);
      elapsedMs += sent.elapsedMs;
    }
    return elapsedMs;
  }
}
