// One aggregator on PostgreSQL.
import { createReplicasPeer } from './replicas.ts';

export const oncelogPostgres = createReplicasPeer({
  name: 'oncelog-postgres',
  replicas: 1,
  durability: 'one aggregator on PostgreSQL, fsync=on, synchronous_commit=on; positions dense and in order of commits',
});
