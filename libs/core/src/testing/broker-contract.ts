// What every broker must do. One that stands in front of a store passes it, or events get lost.
import { describe } from 'vitest';
import { describeAccepting } from './broker/accepting.ts';
import { describeBounds } from './broker/bounds.ts';
import { describeDeadEntries } from './broker/dead-entries.ts';
import { describeDelivering } from './broker/delivering.ts';
import { brokerOfEachTest } from './broker/tested-broker.ts';
import type { CreateBrokerPlace } from './broker-place.ts';

export function describeBroker(name: string, createPlace: CreateBrokerPlace): void {
  describe(`the contract of a broker: ${name}`, () => {
    const tested = brokerOfEachTest(createPlace);
    describeAccepting(tested);
    describeDelivering(tested);
    describeBounds(tested);
    describeDeadEntries(tested);
  });
}
