// What stands between the socket and the decoder: every frame is bounded, decompressed and checked before it is built.
//
// Behind it the Connect library only ever sees plain frames that decode, so its answers to bad input are ours: with
// code, field path and limit, the same on every protocol.
import type { DescMethod } from '@bufbuild/protobuf';
import type { Limits } from '@oncelog/core';
import { bodyTooLarge, boundedGunzip } from '../bounded-gunzip.ts';
import { frameHeaderBytes, FrameSplitter, isCompressed } from '../frames/frame-splitter.ts';
import { isRefusal } from '../handlers/session-publisher.ts';
import { type MessageCheck, messageCheck } from './message-check.ts';
import type { RefusedMessages } from './refused-messages.ts';

const nothing = Buffer.alloc(0);
const emptyObject = Buffer.from('{}');

/** How the request is laid out, by its content type. */
export interface BodyShape {
  readonly framed: boolean;
  readonly json: boolean;
  readonly gzip: boolean;
}

/** Where messages are refused one by one, an empty one goes on in place of each that is, and `refused` says why. */
export function guardBody(
  body: AsyncIterable<Uint8Array>,
  method: DescMethod,
  shape: BodyShape,
  limits: Limits,
  refused?: RefusedMessages,
): AsyncIterable<Uint8Array> {
  const check = messageCheck(method, shape.json, limits);
  if (!shape.framed) return guardWhole(body, shape, limits, check);
  return guardFrames(body, isUnary(method), shape, limits, refused ? refusing(check, shape, refused) : passing(check));
}

type MessagePass = (bytes: Uint8Array) => Uint8Array;

function passing(check: MessageCheck): MessagePass {
  return (bytes) => {
    check(bytes);
    return bytes;
  };
}

function refusing(check: MessageCheck, { json }: BodyShape, refused: RefusedMessages): MessagePass {
  let place = -1;
  return (bytes) => {
    place += 1;
    try {
      check(bytes);
      return bytes;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.set(place, error);
      return json ? emptyObject : nothing;
    }
  };
}

function isUnary({ methodKind }: DescMethod): boolean {
  return methodKind === 'unary' || methodKind === 'server_streaming';
}

async function* guardWhole(body: AsyncIterable<Uint8Array>, shape: BodyShape, limits: Limits, check: MessageCheck) {
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
  pass: MessagePass,
) {
  const frames = new FrameSplitter({ bytesMax: limits.requestBytesMax, unary, compression: shape.gzip });
  for await (const chunk of body) {
    frames.add(chunk);
    for (let frame = frames.next(); frame; frame = frames.next()) {
      const message = frame.subarray(frameHeaderBytes);
      const plain = isCompressed(frame) ? await boundedGunzip(message, limits.requestBytesMax) : message;
      const passed = pass(plain);
      yield passed === message ? frame : plainFrame(passed);
    }
  }
  frames.end();
}

function plainFrame(bytes: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + bytes.length);
  frame[0] = 0;
  frame.writeUInt32BE(bytes.length, 1);
  frame.set(bytes, frameHeaderBytes);
  return frame;
}
