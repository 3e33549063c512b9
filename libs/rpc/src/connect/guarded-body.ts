// What stands between the socket and the decoder: every frame is bounded, decompressed and checked before it is built.
//
// Behind it the Connect library only ever sees plain frames that decode, so its answers to bad input are ours: with
// code, field path and limit, the same on every protocol.
import type { DescMethod } from '@bufbuild/protobuf';
import { type Limits, type OncelogError, violated } from '@oncelog/core';
import { tooManyEvents } from '@oncelog/ingest';
import { bodyTooLarge, boundedGunzip } from '../bounded-gunzip.ts';
import { checkJson } from './json-check.ts';
import { checkWire, type ElementLimit } from './wire-check.ts';

const frameHeaderBytes = 5;
const flagCompressed = 1;

/** How the request is laid out, by its content type. */
export interface BodyShape {
  readonly framed: boolean;
  readonly json: boolean;
  readonly gzip: boolean;
}

type Check = (bytes: Uint8Array) => void;

export function guardBody(
  body: AsyncIterable<Uint8Array>,
  method: DescMethod,
  shape: BodyShape,
  limits: Limits,
): AsyncIterable<Uint8Array> {
  const check = messageCheck(method, shape.json, limits);
  if (!shape.framed) return guardWhole(body, shape, limits, check);
  return guardFrames(body, isUnary(method), shape, limits, check);
}

function isUnary({ methodKind }: DescMethod): boolean {
  return methodKind === 'unary' || methodKind === 'server_streaming';
}

function messageCheck({ input }: DescMethod, json: boolean, limits: Limits): Check {
  const eventsField = input.fields.find(({ name, fieldKind }) => name === 'events' && fieldKind === 'list');
  const limit: ElementLimit | undefined = eventsField && {
    field: 'events',
    max: limits.requestEventsMax,
    refuse: (actual) => tooManyEvents(limits.requestEventsMax, Math.max(actual, limits.requestEventsMax + 1)),
  };
  return json ? (bytes) => checkJson(input, bytes, limit) : (bytes) => checkWire(input, bytes, limit);
}

async function* guardWhole(body: AsyncIterable<Uint8Array>, shape: BodyShape, limits: Limits, check: Check) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limits.requestBytesMax) throw bodyTooLarge(limits.requestBytesMax);
    chunks.push(chunk);
  }
  const received = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  const bytes = shape.gzip && size > 0 ? await boundedGunzip(received, limits.requestBytesMax) : received;
  check(bytes);
  yield bytes;
}

async function* guardFrames(
  body: AsyncIterable<Uint8Array>,
  unary: boolean,
  shape: BodyShape,
  limits: Limits,
  check: Check,
) {
  let frames = 0;
  for await (const frame of splitFrames(body, limits.requestBytesMax)) {
    frames += 1;
    if (unary && frames > 1) throw malformed('holds more than one message for a unary method');
    const compressed = frame[0] === flagCompressed;
    if (compressed && !shape.gzip) throw malformed('has a compressed frame, but names no encoding for it');
    if (!compressed) {
      check(frame.subarray(frameHeaderBytes));
      yield frame;
    } else {
      const bytes = await boundedGunzip(frame.subarray(frameHeaderBytes), limits.requestBytesMax);
      check(bytes);
      yield plainFrame(bytes);
    }
  }
  if (unary && frames === 0) throw malformed('holds no message');
}

/** Whole frames, header included; a frame inside one chunk is not copied, a large one is joined once at its end. */
async function* splitFrames(body: AsyncIterable<Uint8Array>, bytesMax: number): AsyncIterable<Uint8Array> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let frameBytes: number | undefined;
  for await (const chunk of body) {
    rest.push(chunk);
    restBytes += chunk.length;
    for (;;) {
      if (frameBytes === undefined) {
        if (restBytes < frameHeaderBytes) break;
        rest = [join(rest)];
        frameBytes = frameHeaderBytes + messageBytes(rest[0]!, bytesMax);
      }
      if (restBytes < frameBytes) break;
      const joined = join(rest);
      yield joined.subarray(0, frameBytes);
      restBytes -= frameBytes;
      rest = restBytes === 0 ? [] : [joined.subarray(frameBytes)];
      frameBytes = undefined;
    }
  }
  if (restBytes > 0) throw malformed('is cut short inside a frame');
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function messageBytes(header: Uint8Array, bytesMax: number): number {
  if (header[0]! > flagCompressed) throw malformed(`has a frame with flags ${header[0]}, which no request uses`);
  const length = ((header[1]! << 24) | (header[2]! << 16) | (header[3]! << 8) | header[4]!) >>> 0;
  if (length > bytesMax) throw bodyTooLarge(bytesMax, length);
  return length;
}

function plainFrame(bytes: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + bytes.length);
  frame[0] = 0;
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, frameHeaderBytes);
  return frame;
}

function malformed(description: string): OncelogError {
  return violated('MALFORMED', [{ field: 'request', description }]);
}
