// The files of a report: the figures as JSON, and the chart.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderChart } from './chart.ts';
import type { Report } from './report.ts';

/** Returns where they are: the day, the minute and the commit in the name, so that none takes the place of another. */
export function writeReport(report: Report, directory: string): readonly string[] {
  mkdirSync(directory, { recursive: true });
  const time = report.startedAt.slice(0, 16).replace(':', '');
  const name = join(directory, `${time}-${report.revision.commit?.slice(0, 7) ?? 'unknown'}`);
  const files = [`${name}.json`, `${name}.svg`];
  writeFileSync(files[0]!, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(files[1]!, renderChart(report));
  return files;
}
