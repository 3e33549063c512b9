// PostgreSQL on two connections: what it can do, at the price of positions that become visible out of their order.
import { createPostgresPeer } from './postgres-peer.ts';

/** Found best of 1 to 3. */
export const postgres = createPostgresPeer({
  name: 'postgres',
  connections: 2,
  durability: 'insert from unnest, on conflict do nothing; fsync=on, synchronous_commit=on; positions have gaps',
});
