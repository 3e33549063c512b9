// How long the aggregator takes to be ready, from the start of its process.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { summarize } from '../measure/statistics.ts';
import { startOnDirectory } from '../peers/oncelog.ts';
import type { StartResult } from '../report/report.ts';
import type { StartScenario } from '../scenarios/scenario.ts';
import { type RunContext, settleDisk } from './run-context.ts';

export async function runStarts(context: RunContext, scenario: StartScenario): Promise<StartResult | undefined> {
  const { lifetime, stores, note, outOfTime } = context;
  const { name, title, stored } = scenario;
  const filled = stored === 0 ? undefined : await stores.directoryOf(stored);
  const folder = lifetime.folder('start');
  if (filled !== undefined) cpSync(filled, join(folder, 'filled'), { recursive: true });
  const rounds: number[] = [];
  for (let round = 1; round <= context.rounds && !outOfTime(); round += 1) {
    note(`${name}: start ${round} of ${context.rounds}`);
    await settleDisk(lifetime);
    // An empty store is one that is not there yet: each start makes it.
    rounds.push(await timeStart(context, join(folder, filled === undefined ? `empty-${round}` : 'filled')));
  }
  lifetime.removeFolder(folder);
  return rounds.length === 0 ? undefined : { name, title, stored, rounds, readyMs: summarize(rounds) };
}

async function timeStart({ lifetime }: RunContext, directory: string): Promise<number> {
  const began = performance.now();
  const { child, url } = await startOnDirectory(lifetime, directory);
  const { ok } = await fetch(`${url}/readyz`);
  const readyMs = performance.now() - began;
  if (!ok) throw new Error('the aggregator listens, and is not ready');
  await lifetime.endChild(child);
  return readyMs;
}
