// What no store would do to a log: statements run on its file, past every rule.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export function changeSource(directory: string, statements: string): void {
  const database = new DatabaseSync(join(directory, 'oncelog.db'));
  try {
    database.exec(statements);
  } finally {
    database.close();
  }
}
