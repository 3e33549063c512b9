// A member of a group that is never done with what it is given: a program for tests to kill.
import { createOncelogClient } from '@oncelog/client';

const [group = '', concurrency = '1'] = process.argv.slice(2);
const client = await createOncelogClient({ target: process.env['ONCELOG_TARGET'] ?? '' });

await client.consume(
  group,
  ({ eventId }) => {
    process.stdout.write(`${eventId}\n`);
    return new Promise<never>(() => {});
  },
  { concurrency: Number(concurrency), window: Number(concurrency) },
);
