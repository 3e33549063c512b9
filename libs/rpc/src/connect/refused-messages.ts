// What the guard refuses of a session, by the place of the message: it hands on an empty one in its stead.
import { createContextKey } from '@connectrpc/connect';
import type { OncelogError } from '@oncelog/core';

export type RefusedMessages = Map<number, OncelogError>;

/** Each session has its own; what finds none refuses nothing. */
export const refusedMessages = createContextKey<RefusedMessages>(new Map(), {
  description: 'messages of a session that were refused before they were decoded',
});
