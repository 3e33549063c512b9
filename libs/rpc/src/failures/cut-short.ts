// A request that ends before its end: the client has left, and it is no fault of ours.
import { type OncelogError, violated } from '@oncelog/core';

export function cutShort(): OncelogError {
  return violated('MALFORMED', [{ field: 'request', description: 'is cut short' }]);
}
