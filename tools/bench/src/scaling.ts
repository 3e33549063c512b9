// `npm run scaling -- REPORT.json`: what larger logs take, calculated from what `npm run bench` has measured.
import { readFileSync } from 'node:fs';
import type { Report } from './report/report.ts';
import { renderScaling } from './scaling/scaling-tables.ts';

/** The operating system's code for wrong usage: sysexits.h. */
const exitUsage = 64;

const [file, ...others] = process.argv.slice(2);
if (file === undefined || file.startsWith('-') || others.length > 0) {
  process.stderr.write(
    'usage: npm run scaling -- REPORT.json, of a run with the scenarios postgres-500,postgres-unary-1\n',
  );
  process.exitCode = exitUsage;
} else process.stdout.write(renderScaling(JSON.parse(readFileSync(file, 'utf8')) as Report));
