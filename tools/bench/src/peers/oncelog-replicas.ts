// Four aggregators on one PostgreSQL.
import { createReplicasPeer } from './replicas.ts';

export const oncelogReplicas = createReplicasPeer({
  name: 'oncelog-replicas',
  replicas: 4,
  durability: 'four aggregators on one PostgreSQL with the same settings; the load is spread over them',
});
