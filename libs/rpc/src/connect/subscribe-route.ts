// Subscribe over gRPC, gRPC-Web and Connect.
import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import { encodeCursor } from '@oncelog/core';
import type { Delivered } from '@oncelog/delivery';
import {
  type ContentView,
  ContentViewSchema,
  StartPositionSchema,
  type SubscribeRequest,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from '@oncelog/protocol';
import { subscribe, type SubscribeLog } from '../handlers/subscribe.ts';
import { assertNamed } from './assert-named.ts';
import { entryToProto } from './event-to-proto.ts';
import { filterFromProto, startFromProto } from './filter-from-proto.ts';
import { spanMs } from './time-from-proto.ts';

const fields = { filter: 'filter', heartbeat: 'heartbeat_interval' };

export async function* subscribeRoute(
  log: SubscribeLog,
  request: SubscribeRequest,
  { signal }: Pick<HandlerContext, 'signal'>,
): AsyncGenerator<SubscribeResponse, void, undefined> {
  for await (const delivered of subscribeAsAsked(log, request, signal)) {
    yield subscribeResponse(delivered, log.store.logId, request.contentView);
  }
}

/** Throws what is wrong with the request at once. */
export function subscribeAsAsked(
  log: SubscribeLog,
  request: SubscribeRequest,
  signal: AbortSignal,
): AsyncGenerator<Delivered, void, undefined> {
  const { after, start, endWhenCaughtUp, heartbeatInterval, contentView } = request;
  assertNamed(ContentViewSchema, contentView, 'content_view');
  assertNamed(StartPositionSchema, start, 'start');
  const asked = {
    filter: filterFromProto(request.filter),
    after,
    start: startFromProto(start),
    endWhenCaughtUp,
    heartbeatMs: spanMs(heartbeatInterval, fields.heartbeat),
  };
  return subscribe(log, asked, fields, signal);
}

export function subscribeResponse(delivered: Delivered, logId: string, view: ContentView): SubscribeResponse {
  const cursor = delivered.position === 0 ? '' : encodeCursor(logId, delivered.position);
  if (delivered.kind !== 'batch') {
    return create(SubscribeResponseSchema, { message: { case: delivered.kind, value: { cursor } } });
  }
  const entries = delivered.entries.map((entry) => entryToProto(entry, logId, view));
  return create(SubscribeResponseSchema, { message: { case: 'batch', value: { entries, cursor } } });
}
