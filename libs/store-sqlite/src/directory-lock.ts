// Keeps a second process away from the same log: an exclusive transaction that is held until the process ends.
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/sqlite';
import { OncelogError } from '@oncelog/core';
import { hasSqliteCode } from './sqlite-faults.ts';

const lockFile = 'lock.db';

/**
 * The operating system lets go of the lock with the process, however it ends, so that nothing stale is left behind as
 * a file with a process id would be. Resolves with what gives the directory free.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  let orm: MikroORM | undefined;
  try {
    orm = await MikroORM.init({
      dbName: join(directory, lockFile),
      entities: [],
      discovery: { warnWhenNoEntities: false },
      // The library would wait 5 s for a lock that is held until a process ends.
      driverOptions: { timeout: 0 },
    });
    const native = await orm.em.getConnection().getNativeClient();
    native.exec('begin exclusive');
    const holder = orm;
    return () => holder.close(true);
  } catch (cause) {
    await orm?.close(true);
    if (!hasSqliteCode(cause, 'SQLITE_BUSY')) throw cause;
    const use = `the directory ${directory} is in use by another oncelog: stop that one first`;
    throw new OncelogError('STORE_UNAVAILABLE', use, { cause });
  }
}
