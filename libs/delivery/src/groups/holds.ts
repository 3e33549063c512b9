// Which stream has which events in its hands, so that its window has room again when they are settled.
import type { Outstanding } from '@oncelog/core';
import type { Member } from './member.ts';
import type { Place } from './place.ts';

interface Hold {
  readonly member: Member;
  readonly attempt: number;
}

export class Holds {
  readonly #byPosition = new Map<number, Hold>();

  take(member: Member, { position, attempts }: Outstanding): void {
    // After a seek or a replay attempts are counted anew, so that an older hold may look like this one.
    this.#byPosition.get(position)?.member.release(1);
    this.#byPosition.set(position, { member, attempt: attempts });
  }

  /** Lets go of what the place no longer shows as leased to whom it was given. At most 1,000 look-ups. */
  release({ outstanding }: Place, nowMs: number): void {
    for (const [position, hold] of this.#byPosition) {
      if (isLeasedAs(outstanding.get(position), hold.attempt, nowMs)) continue;
      hold.member.release(1);
      this.#byPosition.delete(position);
    }
  }

  forget(member: Member): void {
    for (const [position, hold] of this.#byPosition) if (hold.member === member) this.#byPosition.delete(position);
  }
}

export function isLeasedAs(
  outstanding: Outstanding | undefined,
  attempt: number,
  nowMs: number,
): outstanding is Outstanding {
  return outstanding?.attempts === attempt && outstanding.member !== '' && outstanding.dueTimeMs > nowMs;
}
