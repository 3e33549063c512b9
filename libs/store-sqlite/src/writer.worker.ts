// The thread that writes. It alone changes the log, so that a slow disk holds up nobody who does not write.
import { parentPort, workerData } from 'node:worker_threads';
import { OncelogError } from '@oncelog/core';
import { buffersOf, outcomeBuffersOf } from '@oncelog/store-sql';
import { type OpenLog, openLog } from './open-log.ts';
import { serveCalls } from './serve-calls.ts';
import { refusedWrite } from './sqlite-faults.ts';
import type { ThreadOptions, WriterCalls } from './thread-calls.ts';

const options = workerData as ThreadOptions;
let log: OpenLog | undefined;

serveCalls<WriterCalls>(
  parentPort!,
  {
    open: async ({ nowMs }) => {
      log = await openLog(options, nowMs);
      return { result: { logId: log.logId, head: log.writer.head } };
    },
    append: ({ events, nowMs }) => {
      const { writer } = opened();
      const outcomes = writer.append(events, nowMs);
      const { columns } = events;
      const { head } = writer;
      return { result: { outcomes, columns, head }, transfer: [...outcomeBuffersOf(outcomes), ...buffersOf(columns)] };
    },
    erase: (position) => ({ result: opened().eraser.erase(position) }),
    createGroup: (group) => ({ result: opened().groups.create(group) }),
    deleteGroup: (name) => ({ result: opened().groups.delete(name) }),
    changeGroups: (changes) => ({ result: opened().groups.change(changes) }),
    close: async () => {
      await log?.close();
      log = undefined;
      return { result: undefined };
    },
  },
  {
    errorOf: refusedWrite,
    hasFailed: () => log?.transactions.failed ?? false,
    afterAnswer: () => log?.writer.afterCommit(),
  },
);

function opened(): OpenLog {
  if (log === undefined) throw new OncelogError('STORE_UNAVAILABLE', 'the store is not open');
  return log;
}
