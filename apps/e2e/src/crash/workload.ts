// What the clients publish: events of their own, events that others publish too, repeats, and a few conflicts.
import { create, type Event, EventSchema, jsonType } from '@oncelog/client';
import { contentHash, type SentEvent } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';

const topics = 4;
const repeatRatio = 0.3;
/** Of the repeats: those that come with other content. */
const conflictRatio = 0.05;
/** Of the new events: those that several clients publish at about the same time. */
const sharedRatio = 0.2;
/** Clients choose among this many of the newest shared ids, so that they meet. */
const sharedIdsAhead = 8;

/** An event before it is made: everything in it follows from these. */
interface Choice {
  readonly id: string;
  readonly topic: string;
  readonly variant: number;
}

export interface Workload {
  nextEvents(client: string, count: number): Event[];
}

export function createWorkload(random: SeededRandom): Workload {
  const sent: Choice[] = [];
  let fresh = 0;
  let shared = 0;

  function choose(client: string): Choice {
    if (sent.length > 0 && random.chance(repeatRatio)) {
      const repeated = random.pick(sent);
      return random.chance(conflictRatio) ? { ...repeated, variant: repeated.variant + 1 } : repeated;
    }
    if (random.chance(sharedRatio)) {
      shared += random.below(2);
      const number = shared + random.below(sharedIdsAhead);
      return { id: `shared-${number}`, topic: `topic-${number % topics}`, variant: 0 };
    }
    fresh += 1;
    return { id: `${client}-${fresh}`, topic: `topic-${random.below(topics)}`, variant: 0 };
  }

  return {
    nextEvents(client, count) {
      const choices = Array.from({ length: count }, () => choose(client));
      sent.push(...choices);
      return choices.map((choice) => eventOf(choice, client));
    },
  };
}

/** 150 bytes or so of content, as events of this kind usually have. */
function eventOf({ id, topic, variant }: Choice, client: string): Event {
  const json = JSON.stringify({ id, variant, text: `${id} `.repeat(8) });
  return create(EventSchema, {
    topic,
    eventId: id,
    source: client,
    content: { case: 'data', value: Buffer.from(json) },
    contentType: jsonType,
  });
}

export function sentEventOf({ topic, eventId, content }: Event): SentEvent {
  return { topic, eventId, hash: contentHash(content.case === 'data' ? content.value : '{}') };
}
