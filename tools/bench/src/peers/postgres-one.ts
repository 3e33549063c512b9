// PostgreSQL on one connection: the same statement, one after the other, as whoever hands out positions in order must.
import { createPostgresPeer } from './postgres-peer.ts';

export const postgresOne = createPostgresPeer({
  name: 'postgres-one',
  connections: 1,
  durability: 'the same server and statement on one connection: positions become visible in their order',
});
