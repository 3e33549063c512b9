export * from './append.ts';
export { describeBroker } from './broker-contract.ts';
export type { BrokerOptions, BrokerPlace, CreateBrokerPlace } from './broker-place.ts';
export { describeEventStore } from './event-store-contract.ts';
export type { CreateStorePlace, StoreOptions, StorePlace } from './store-place.ts';
export { compareWithReference, describeAgainstReference } from './against-reference.ts';
export * from './sample-events.ts';
export * from './seeded-random.ts';
