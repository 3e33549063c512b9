// Events in a request body of JSON, for the routes that take any number of them at once.
import { isUtf8 } from 'node:buffer';
import { type Limits, OncelogError, violated } from '@oncelog/core';
import type { NodeRequest } from '../port/dual-server.ts';
import { parsePublishBody, type PublishBody } from './publish-body.ts';
import { readBody } from './read-body.ts';

const keyHeader = 'idempotency-key';

/** Text in any other charset than UTF-8 is no JSON that can be exchanged. */
const jsonType = /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?;?$/i;

/** `alternative` is what else the route takes, told to those who send neither. */
export async function readEvents(request: NodeRequest, limits: Limits, alternative = ''): Promise<PublishBody> {
  assertJson(request.headers['content-type'], alternative);
  const body = await readBody(request, limits);
  return parsePublishBody(body, { limits, idempotencyKey: idempotencyKeyOf(request) });
}

/** An absent type is refused too: it is what a page of another origin can send without asking first. */
function assertJson(contentType: string | undefined, alternative: string): void {
  if (contentType !== undefined && jsonType.test(contentType)) return;
  const found = contentType === undefined ? 'is missing' : `"${contentType}" is not served here`;
  const description = `${found}; send -H 'content-type: application/json'${alternative}`;
  throw new OncelogError('WRONG_MEDIA_TYPE', `content-type: ${description}`, {
    violations: [{ field: 'content-type', description }],
  });
}

/** Node reads headers as Latin-1 and joins those that are sent twice; an id must be neither garbled nor made up. */
export function idempotencyKeyOf({ rawHeaders }: NodeRequest): string | undefined {
  const values = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === keyHeader && index % 2 === 1);
  if (values.length === 0) return undefined;
  const bytes = Buffer.from(values[0]!, 'latin1');
  if (values.length === 1 && isUtf8(bytes)) return bytes.toString();
  const description = values.length > 1 ? 'is given more than once' : 'is not UTF-8';
  throw violated('RULE_BROKEN', [{ field: keyHeader, description }]);
}
