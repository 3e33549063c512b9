import { describe, expect, it } from 'vitest';
import { handleCors } from './cors.ts';
import type { NodeRequest, NodeResponse } from './port/dual-server.ts';

const page = 'https://app.example';
const preflight = { origin: page, 'access-control-request-method': 'POST' };

function ask(method: string, headers: Record<string, string>, origins: readonly string[]) {
  const sent: Record<string, string> = {};
  const response = { statusCode: 0, setHeader: (name: string, value: string) => (sent[name] = value), end: () => {} };
  const answered = handleCors(
    { method, headers } as unknown as NodeRequest,
    response as unknown as NodeResponse,
    origins,
  );
  return { answered, status: response.statusCode, headers: sent };
}

describe('cross-origin requests', () => {
  it('are nobody’s by default', () => {
    expect(ask('OPTIONS', preflight, [])).toEqual({ answered: false, status: 0, headers: {} });
    expect(ask('GET', { origin: page }, [])).toEqual({ answered: false, status: 0, headers: {} });
  });

  it('are allowed for the origins named, and their preflight is answered', () => {
    const { answered, status, headers } = ask('OPTIONS', preflight, ['https://other.example', page]);
    expect([answered, status]).toEqual([true, 204]);
    expect(headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'GET, HEAD, POST',
      vary: 'origin',
    });
    for (const header of ['content-type', 'connect-protocol-version', 'x-grpc-web', 'idempotency-key']) {
      expect(headers['access-control-allow-headers']).toContain(header);
    }
  });

  it('are read by the page: status, next page and total', () => {
    const { answered, headers } = ask('GET', { origin: page }, [page]);
    expect(answered).toBe(false);
    for (const header of ['grpc-status', 'link', 'x-total-count', 'retry-after']) {
      expect(headers['access-control-expose-headers']).toContain(header);
    }
  });

  it.each(['https://evil.example', `${page}.evil.example`, 'https://app.example:444', 'http://app.example', 'null'])(
    'get nothing from %s',
    (origin) =>
      expect(ask('OPTIONS', { ...preflight, origin }, [page])).toEqual({ answered: false, status: 0, headers: {} }),
  );

  it('come from anywhere when the operator says so', () => {
    expect(ask('OPTIONS', preflight, ['*']).headers['access-control-allow-origin']).toBe('*');
  });

  it('without an origin are left alone', () => {
    expect(ask('OPTIONS', {}, ['*'])).toEqual({ answered: false, status: 0, headers: {} });
  });
});
