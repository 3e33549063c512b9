// Reading the log: subscriptions and consumer groups.
export { type ConsumerGroups, createConsumerGroups } from './groups/consumer-groups.ts';
export type * from './groups/group-types.ts';
export { createSubscriptions, type SubscribeQuery, type Subscriptions } from './subscriptions/subscriptions.ts';
export { type Delivered } from './subscriptions/subscription.ts';
