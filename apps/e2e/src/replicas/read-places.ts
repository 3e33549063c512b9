// What a replica shows of the log: "position topic/id" of each event, through its tail and through its list.
import { createOncelogClient } from '@oncelog/client';

const pageSize = 1000;

/** From the beginning until so many have come. */
export async function tailPlaces(target: string, count: number): Promise<string[]> {
  const client = await createOncelogClient({ target });
  const places: string[] = [];
  for await (const { position, topic, eventId } of client.subscribe()) {
    places.push(`${position} ${topic}/${eventId}`);
    if (places.length === count) break;
  }
  client.close();
  return places;
}

export async function listPlaces(target: string): Promise<string[]> {
  const client = await createOncelogClient({ target });
  const places: string[] = [];
  for await (const { event, position } of client.listEvents({ pageSize })) {
    places.push(`${position} ${event!.topic}/${event!.eventId}`);
  }
  client.close();
  return places;
}

/** Where two readings part, in words; undefined when they are the same. */
export function firstDifference(expected: readonly string[], actual: readonly string[]): string | undefined {
  const at = expected.findIndex((place, index) => place !== actual[index]);
  if (at < 0 && expected.length === actual.length) return undefined;
  const index = at < 0 ? expected.length : at;
  return `entry ${index} is "${actual[index] ?? 'missing'}", and "${expected[index] ?? 'nothing'}" belongs there`;
}
