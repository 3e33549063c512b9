// Publishes two orders over gRPC, streams a thousand more, and reads them back.
import { create, createOncelogClient, EventSchema, OutcomeStatusSchema } from '@oncelog/client';

const client = await createOncelogClient({ target: process.env['ONCELOG_TARGET'] ?? '127.0.0.1:8080' });

const order = (id: string, total: number) =>
  create(EventSchema, { topic: 'grpc-orders', eventId: id, content: { case: 'payload', value: { total } } });

const { outcomes } = await client.publish([order('a', 1), order('b', 2), order('a', 1)]);
for (const { status, position } of outcomes) {
  console.log(OutcomeStatusSchema.value[status]?.localName, 'at position', Number(position));
}

async function* manyOrders() {
  for (let n = 0; n < 1000; n += 100) yield Array.from({ length: 100 }, (_, i) => order(`stream-${n + i}`, n + i));
}
const { acknowledged } = await client.publishStream(manyOrders());
console.log(`streamed: ${acknowledged.stored} stored, ${acknowledged.duplicates} duplicates`);

let read = 0;
for await (const { event } of client.listEvents({ topic: 'grpc-orders' })) if (event) read += 1;
console.log(`read back: ${read}`);
client.close();
