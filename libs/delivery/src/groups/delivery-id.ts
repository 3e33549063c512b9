// What a delivery is called: opaque to members, read only here.
import { violated } from '@oncelog/core';

export interface DeliveryId {
  /** Tells the group from every other, also from an earlier one of its name: their deliveries mean nothing to it. */
  readonly createdTimeMs: number;
  readonly epoch: number;
  readonly position: number;
  readonly attempt: number;
}

/** At most 15 digits each: all of them are exact as numbers. */
const pattern = /^([1-9]\d{0,14})\.([1-9]\d{0,14})\.([1-9]\d{0,14})\.([1-9]\d{0,14})$/;

export function encodeDeliveryId({ createdTimeMs, epoch, position, attempt }: DeliveryId): string {
  return `${createdTimeMs}.${epoch}.${position}.${attempt}`;
}

/** Refuses the first that is none, under its place in the field `delivery_ids`. */
export function decodeDeliveryIds(texts: readonly string[]): DeliveryId[] {
  return texts.map((text, index) => {
    const parts = pattern.exec(text);
    if (!parts) {
      const description = 'is not a delivery id; take it from a delivery, unchanged';
      throw violated('RULE_BROKEN', [{ field: `delivery_ids[${index}]`, description }]);
    }
    const [, createdTimeMs, epoch, position, attempt] = parts.map(Number);
    return { createdTimeMs: createdTimeMs!, epoch: epoch!, position: position!, attempt: attempt! };
  });
}
