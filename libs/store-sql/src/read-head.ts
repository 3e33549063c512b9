// The highest position of the log.
import type { LogDatabase } from './entities.ts';

export async function readHead(db: LogDatabase): Promise<number> {
  const newest = db.selectFrom('event_key').select('position').orderBy('position', 'desc').limit(1);
  return (await newest.executeTakeFirst())?.position ?? 0;
}
