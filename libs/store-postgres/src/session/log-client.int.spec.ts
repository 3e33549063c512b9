import { describe, expect, it, onTestFinished } from 'vitest';
import { serverUrl } from '../testing/temporary-schema.ts';
import { LogClient } from './log-client.ts';

async function connect(queryTimeoutMs: number) {
  const client = new LogClient({ connectionString: serverUrl!, query_timeout: queryTimeoutMs });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

describe.runIf(serverUrl !== undefined)('a connection', () => {
  it('ends when a statement is not answered in time: nobody waits behind it', async () => {
    const client = await connect(100);
    const ended = new Promise<void>((resolve) => void client.once('end', resolve));
    await expect(client.query('select pg_sleep(3600)')).rejects.toThrow('timeout');
    await ended;
    await expect(client.query('select 1')).rejects.toThrow(/not queryable|closed/);
  });

  it('goes on after a statement that failed', async () => {
    const client = await connect(10_000);
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
