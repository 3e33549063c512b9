// A subscription as bare frames of gRPC: a hundred readers in one process must cost next to nothing.
import http2 from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { EventLogService, StartPosition, SubscribeRequestSchema } from '@oncelog/protocol';

const headerBytes = 5;
const path = `/${EventLogService.typeName}/${EventLogService.method.subscribe.name}`;

export function openSubscription(session: http2.ClientHttp2Session, start: StartPosition): http2.ClientHttp2Stream {
  const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' });
  const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { start }));
  const frame = Buffer.alloc(headerBytes + request.length);
  frame.writeUInt32BE(request.length, 1);
  frame.set(request, headerBytes);
  stream.end(frame);
  return stream;
}

/** Calls back for each message of the stream. */
export function readMessages(stream: http2.ClientHttp2Stream, onMessage: (message: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.length < headerBytes ? Infinity : headerBytes + rest.readUInt32BE(1);
      if (rest.length < end) return;
      onMessage(rest.subarray(headerBytes, end));
      rest = rest.subarray(end);
    }
  });
}

/** Of SubscribeResponse.batch.entries.event.position, and nothing else of it. */
export function positionsIn(message: Buffer): number[] {
  const positions: number[] = [];
  for (const batch of fieldsOf(message, 1)) {
    for (const entry of fieldsOf(batch, 1)) {
      for (const event of fieldsOf(entry, 1)) positions.push(positionOf(event));
    }
  }
  return positions;
}

function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) found.push(reader.bytes());
    else reader.skip(wireType);
  }
  return found;
}

function positionOf(event: Uint8Array): number {
  const reader = new BinaryReader(event);
  for (;;) {
    const [field, wireType] = reader.tag();
    if (field === 2) return Number(reader.int64());
    reader.skip(wireType);
  }
}
