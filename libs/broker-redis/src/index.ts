export { createRedisBroker, type RedisBrokerOptions } from './redis-broker.ts';
export { allowedRisks } from './server-settings.ts';
