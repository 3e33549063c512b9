// oncelog copy: a whole log from the directory of one aggregator to the PostgreSQL that many share.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { copyFailure, copyReportJson, copyReportText, goingOnText, maySucceedLater } from '../copy-text.ts';
import { CopyProgressBar } from '../copy-progress-bar.ts';
import { globalFlags } from '../global-flags.ts';
import { sayTo } from '../notices.ts';

const interruptedExitCode = 130;

interface CopyFlags {
  readonly from: string;
  readonly to: string;
  readonly json: boolean;
}

const url = (brief: string, placeholder: string) => ({ kind: 'parsed', parse: String, brief, placeholder }) as const;

export const copyCommand = buildCommand<CopyFlags, [], CliContext>({
  docs: {
    brief: 'Copy a whole log from SQLite to PostgreSQL, and compare the two',
    customUsage: ['--from sqlite:<directory> --to postgresql://<user>:<password>@<host>:5432/<database>'],
    fullDescription: `Moves a log to where several aggregators can share it:
  oncelog copy --from sqlite:./data --to postgresql://oncelog@db.example/events
Stop the aggregator first. The source is only read; positions, cursors, counters,
groups, and what is known of every key are the same in the copy.
After Ctrl-C or any failure the same command goes on where it was. At the end both
sides are compared, row by row, and every content is hashed; until then no aggregator
opens the copy. Of a complete copy the same command only compares.
The schema of the copy is "oncelog", or the one named with ?schema=<name>; it is made
when it is not there. The password may come as PGPASSWORD instead, or from ~/.pgpass.`,
  },
  parameters: {
    flags: {
      from: url('Where the log is', 'sqlite:directory'),
      to: url('Where the copy goes', 'postgresql://…'),
      json: globalFlags.json,
    },
  },
  func: async function ({ from, to, json }) {
    const { copyLog } = await import('@oncelog/log-copy');
    const say = sayTo(this, json);
    const bar = new CopyProgressBar(this, json);
    try {
      const report = await copyLog({ from, to, signal: this.interrupted, onProgress: bar.onProgress });
      await bar.clear();
      if (report.status === 'interrupted') {
        this.process.exitCode = interruptedExitCode;
        await say(`interrupted ${goingOnText(bar.last!)}`);
      } else {
        await write(this.process.stdout, `${json ? copyReportJson(report) : copyReportText(report)}\n`);
      }
    } catch (error) {
      await bar.clear();
      const failure = await copyFailure(error);
      if (bar.last && maySucceedLater(failure)) await say(`stopped ${goingOnText(bar.last)}`);
      throw failure;
    }
  },
});
