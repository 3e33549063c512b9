export * from './memory-client.ts';
export { StandInBroker } from './stand-in-broker.ts';
export * from './stand-in-groups.ts';
export * from './stand-in-log.ts';
export type { StandInFailure } from './stand-in-refusal.ts';
export * from './stand-in-server.ts';
export type { StandInSubscriptions } from './stand-in-subscriptions.ts';
