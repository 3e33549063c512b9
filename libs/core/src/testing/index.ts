export * from './append.ts';
export { describeEventStore } from './event-store-contract.ts';
export type { CreateStorePlace, StoreOptions, StorePlace } from './store-place.ts';
export { compareWithReference, describeAgainstReference } from './against-reference.ts';
export * from './sample-events.ts';
export * from './seeded-random.ts';
