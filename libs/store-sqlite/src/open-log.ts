// From a directory to a log that is known to be writable and whole, or a reason why not.
import { randomUUID } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { verifyNewest } from '@oncelog/store-sql';
import { Checkpoints } from './checkpoints.ts';
import { GroupWriter } from './consumers/group-writer.ts';
import { lockDirectory } from './directory-lock.ts';
import { formatVersion } from './entities.ts';
import { EventEraser } from './event-eraser.ts';
import { LogWriter, type LogWriterLimits } from './log-writer.ts';
import { openDatabase, type OpenDatabase, type SqliteDurability } from './open-database.ts';
import { refuseOtherFormat } from './refuse-other-format.ts';
import { failedStart } from './sqlite-faults.ts';
import { Transactions } from './transactions.ts';

/** The events that a crash may have harmed are the last ones; reading 1,000 takes a few milliseconds. */
const eventsVerifiedMax = 1000;

export interface OpenLogOptions extends LogWriterLimits {
  readonly directory: string;
  readonly durability: SqliteDurability;
}

export interface OpenLog {
  readonly logId: string;
  readonly transactions: Transactions;
  readonly writer: LogWriter;
  readonly eraser: EventEraser;
  readonly groups: GroupWriter;
  close(): Promise<void>;
}

export async function openLog(options: OpenLogOptions, nowMs: number): Promise<OpenLog> {
  const { directory, durability } = options;
  const releases: (() => Promise<unknown>)[] = [];
  const release = async () => {
    for (const each of releases.splice(0).reverse()) await each();
  };
  try {
    await createDirectory(directory);
    releases.push(await lockDirectory(directory));
    const database = await openDatabase(directory, durability);
    releases.push(() => database.orm.close(true));
    refuseOtherFormat(database, directory);
    await database.orm.migrator.up();
    const logId = identify(database, nowMs);
    await verifyNewest(database.kysely, eventsVerifiedMax);
    const { native } = database;
    const transactions = new Transactions(native);
    const checkpoints = new Checkpoints(native);
    const writer = new LogWriter(native, options, transactions, checkpoints);
    const eraser = new EventEraser(native, transactions, checkpoints);
    const groups = new GroupWriter(native, transactions, checkpoints);
    const close = async () => {
      try {
        writer.finish();
      } finally {
        await release();
      }
    };
    return { logId, transactions, writer, eraser, groups, close };
  } catch (error) {
    await release();
    throw failedStart(directory, error);
  }
}

/** Makes the entry in the parent directory durable too, or a power loss could take the whole new log. */
async function createDirectory(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true });
  // Windows cannot open a directory to flush it.
  if (created === undefined || process.platform === 'win32') return;
  const parent = await open(dirname(resolve(created)));
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

/** Writes in any case, so that a disk that cannot be written is noticed before anybody publishes. */
function identify({ native }: OpenDatabase, nowMs: number): string {
  const insert = native.prepare(
    `insert into log (id, log_id, format_version, created_time_ms, stored, duplicates, conflicts, keys_indexed_to)
     values (1, ?, ?, ?, 0, 0, 0, 0) on conflict (id) do update set id = id`,
  );
  native.transaction(() => insert.run(randomUUID(), formatVersion, nowMs)).immediate();
  return native.prepare<[], string>('select log_id from log where id = 1').pluck().get()!;
}
