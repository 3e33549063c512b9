// What a test says to Redis itself, beside the broker.
import { createClient } from '@redis/client';

export async function redisCommand(url: string, ...command: string[]): Promise<unknown> {
  const client = createClient({ url, RESP: 2 }).on('error', () => {});
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}

/** Every connection but the one that asks. */
export async function dropConnections(url: string): Promise<void> {
  await redisCommand(url, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}
