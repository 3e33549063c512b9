import { create, createRegistry } from '@bufbuild/protobuf';
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { type ErrorCode, errorCodes, OncelogError } from '@oncelog/core';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  PublishSummarySchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { errorToConnect } from '../connect/error-to-connect.ts';
import { StreamFailure } from '../handlers/stream-publisher.ts';
import type { NodeResponse } from '../port/dual-server.ts';
import { sendError } from '../rest/error-to-rest.ts';
import { failureOf } from './failure-table.ts';
import { WrongMethodError } from './wrong-method.ts';

/** What a response object is told, read back. */
function restAnswer(error: unknown) {
  const answer = { status: 0, headers: {} as Record<string, string>, body: {} as Record<string, unknown> };
  const response = {
    headersSent: false,
    destroyed: false,
    writeHead: (status: number, headers: Record<string, string>) => Object.assign(answer, { status, headers }),
    end: (body: Buffer) => (answer.body = JSON.parse(body.toString()) as Record<string, unknown>),
  };
  sendError(response as unknown as NodeResponse, error);
  return answer;
}

const details = [BadRequestSchema, ErrorInfoSchema, PublishSummarySchema, QuotaFailureSchema, RetryInfoSchema];
const registry = createRegistry(...details);

/** The details as they travel: packed, and unpacked again by name. */
function detailsOf(error: ConnectError) {
  const sent = error.details.filter((detail) => 'desc' in detail);
  expect(sent).toHaveLength(error.details.length);
  return sent.map((detail) => {
    const schema = details.find(({ typeName }) => typeName === detail.desc.typeName);
    return anyUnpack(anyPack(schema!, create(schema!, detail.value)), registry)!;
  });
}

function errorInfoOf(error: ConnectError) {
  return error.findDetails(ErrorInfoSchema)[0];
}

function failure(code: ErrorCode): OncelogError {
  return new OncelogError(code, `it was ${code}`, {
    violations: [{ field: 'events[3].event_id', description: 'is too long', limit: 512, actual: 513 }],
    outcome: code === 'INTERNAL' ? 'unknown' : 'none',
    ...(failureOf(code).retryable && { retryAfterMs: 1250 }),
  });
}

describe.each(errorCodes)('%s', (code) => {
  const error = failure(code);
  const { grpcCode, restStatus, retryable } = failureOf(code);

  it('says the same on every protocol', () => {
    const connect = errorToConnect(error);
    const rest = restAnswer(error);
    expect(connect.code).toBe(grpcCode);
    expect(rest.status).toBe(restStatus);
    expect(connect.rawMessage).toBe(rest.body['message']);
    const { code: restCode, field, limit, actual, outcome } = rest.body;
    expect(errorInfoOf(connect)).toMatchObject({
      domain: 'oncelog',
      reason: restCode,
      metadata: { field, limit: String(limit), actual: String(actual), outcome },
    });
    expect(restCode).toBe(code);
  });

  it('tells when to come back exactly when it may help', () => {
    const connect = errorToConnect(error);
    const rest = restAnswer(error);
    const [retryInfo] = connect.findDetails(RetryInfoSchema);
    expect(rest.body['retry_after_ms']).toBe(retryable ? 1250 : undefined);
    expect(rest.headers['retry-after']).toBe(retryable ? '2' : undefined);
    expect(connect.metadata.get('retry-after')).toBe(retryable ? '2' : null);
    expect(retryInfo?.retryDelay).toEqual(
      retryable ? expect.objectContaining({ seconds: 1n, nanos: 250_000_000 }) : undefined,
    );
  });

  it('carries details that can be sent, of the kinds its status calls for', () => {
    const kinds = detailsOf(errorToConnect(error)).map(({ $typeName }) => $typeName.replace('google.rpc.', ''));
    const expected = ['ErrorInfo'];
    if (grpcCode === Code.InvalidArgument) expected.push('BadRequest');
    if (grpcCode === Code.ResourceExhausted && !retryable) expected.push('QuotaFailure');
    if (retryable) expected.push('RetryInfo');
    expect(kinds).toEqual(expected);
  });
});

describe('a broken rule', () => {
  it('shows all violations on both', () => {
    const violations = [
      { field: 'events[0].topic', description: 'is required', limit: 255, actual: 0 },
      { field: 'events[1].event_id', description: 'is required', limit: 512, actual: 0 },
    ];
    const error = new OncelogError('RULE_BROKEN', 'two', { violations });
    expect(restAnswer(error).body['violations']).toEqual(violations);
    const [badRequest] = errorToConnect(error).findDetails(BadRequestSchema);
    expect(badRequest!.fieldViolations).toMatchObject(
      violations.map(({ field, description }) => ({ field, description })),
    );
  });
});

describe('a fault of our own', () => {
  it('shows nothing of itself', () => {
    const fault = new Error('SQLITE_ERROR: no such table /var/lib/log.db');
    const rest = restAnswer(fault);
    expect(rest).toMatchObject({ status: 500, body: { code: 'INTERNAL', outcome: 'unknown' } });
    expect(JSON.stringify(rest)).not.toMatch(/SQLITE|\/var|Error:|at /);
    const connect = errorToConnect(fault);
    expect(connect).toMatchObject({ code: Code.Internal, rawMessage: rest.body['message'] });
    expect(errorInfoOf(connect)!.metadata).toEqual({ outcome: 'unknown' });
  });

  it('is a fault whatever was thrown', () => {
    for (const thrown of [undefined, null, 'text', 7, {}]) expect(errorToConnect(thrown).code).toBe(Code.Internal);
  });
});

describe('a wrong method', () => {
  it('names the right ones', () => {
    const rest = restAnswer(new WrongMethodError('PUT', ['GET', 'POST']));
    expect(rest).toMatchObject({
      status: 405,
      headers: { allow: 'GET, POST' },
      body: { code: 'WRONG_METHOD', field: 'method', actual: 'PUT' },
    });
  });
});

describe('a stream that fails', () => {
  const summary = {
    received: 4,
    stored: 2,
    duplicates: 1,
    conflicts: 0,
    accepted: 1,
    firstPosition: 5,
    lastPosition: 6,
  };

  it('carries what of it is committed beside its cause', () => {
    const connect = errorToConnect(new StreamFailure(failure('RULE_BROKEN'), summary));
    expect(connect.code).toBe(Code.InvalidArgument);
    expect(errorInfoOf(connect)!.reason).toBe('RULE_BROKEN');
    expect(connect.findDetails(PublishSummarySchema)[0]).toMatchObject({
      received: 4n,
      stored: 2n,
      accepted: 1n,
      firstPosition: 5n,
      lastPosition: 6n,
    });
  });

  it('keeps the words of a cause that is in wire words already', () => {
    const cause = errorToConnect(failure('BODY_TOO_LARGE'));
    const connect = errorToConnect(new StreamFailure(cause, summary));
    expect(connect).toMatchObject({ code: cause.code, rawMessage: cause.rawMessage });
    expect(detailsOf(connect).map(({ $typeName }) => $typeName)).toEqual([
      'google.rpc.ErrorInfo',
      'google.rpc.QuotaFailure',
      'oncelog.v1.PublishSummary',
    ]);
  });

  it('passes on what the library itself says', () => {
    const deadline = new ConnectError('the operation timed out', Code.DeadlineExceeded);
    expect(errorToConnect(deadline)).toBe(deadline);
    const connect = errorToConnect(new StreamFailure(deadline, summary));
    expect(connect.code).toBe(Code.DeadlineExceeded);
    expect(connect.findDetails(PublishSummarySchema)).toHaveLength(1);
  });
});
