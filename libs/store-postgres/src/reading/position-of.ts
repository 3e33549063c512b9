// Where the event of a key is.
import { eventIdBytes, type LogDatabase } from '@oncelog/store-sql';

export async function positionOf(db: LogDatabase, topic: string, eventId: string): Promise<number | undefined> {
  const key = await db
    .selectFrom('event_key')
    .innerJoin('topic', 'topic.id', 'event_key.topic_id')
    .select('position')
    .where('topic.name', '=', topic)
    .where('event_id', '=', eventIdBytes(eventId))
    .executeTakeFirst();
  return key?.position;
}
