import { failureTable, OncelogClientError } from '@oncelog/client';
import { ExitCode } from '@stricli/core';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from './application.ts';
import { exitCodeOfFailure, failureText } from './failure-text.ts';
import { UsageError } from './usage-error.ts';

describe('the exit code', () => {
  it.each([...failureTable].map(([code, { exitCode }]) => [code, exitCode] as const))(
    'of %s is %i',
    (code, exitCode) => {
      expect(exitCodeOfFailure(new OncelogClientError(code, 'm'))).toBe(exitCode);
    },
  );

  it('of no answer is 5, of wrong usage 2, of a fault 1', () => {
    expect(exitCodeOfFailure(new OncelogClientError('UNREACHABLE', 'm'))).toBe(5);
    expect(exitCodeOfFailure(new UsageError('m'))).toBe(2);
    expect(exitCodeOfFailure(new TypeError('m'))).toBe(1);
  });

  it.each([
    [ExitCode.UnknownCommand, 2],
    [ExitCode.InvalidArgument, 2],
    [ExitCode.InternalError, 1],
    [ExitCode.CommandLoadError, 1],
    [undefined, 0],
    [3, 3],
  ])('of the parser, %s, becomes %i', (code, exitCode) => {
    expect(exitCodeOf(code)).toBe(exitCode);
  });
});

describe('the text of a failure', () => {
  it('says what to do when nobody answers', () => {
    expect(failureText(new OncelogClientError('UNREACHABLE', 'connect ECONNREFUSED'))).toMatch(
      /^UNREACHABLE: connect ECONNREFUSED\nis the aggregator running\?.*npm start/,
    );
  });

  it('names every broken rule once', () => {
    const violations = [
      { field: 'topic', description: 'is required' },
      { field: 'source', description: 'is too long' },
    ];
    const text = failureText(
      new OncelogClientError('RULE_BROKEN', 'topic: is required (and 1 more)', { violations, outcome: 'none' }),
    );
    expect(text).toBe('RULE_BROKEN: topic: is required (and 1 more)\n  source: is too long');
  });

  it('tells a sentence once, with its place', () => {
    const violations = [
      { field: 'events[0].topic', description: 'is too long' },
      { field: 'events[0].topic', description: 'is too long' },
    ];
    expect(failureText(new OncelogClientError('RULE_BROKEN', 'is too long', { violations, outcome: 'none' }))).toBe(
      'RULE_BROKEN: events[0].topic: is too long',
    );
  });

  it('speaks of storing only where something may be stored', () => {
    const text = failureText(new OncelogClientError('TIMED_OUT', 'no answer within 2 s', { outcome: 'none' }));
    expect(text).toBe('TIMED_OUT: no answer within 2 s\ntry again, or allow more time with --timeout');
  });

  it('says when something may be stored', () => {
    expect(failureText(new OncelogClientError('TIMED_OUT', 'too late'))).toContain('it may or may not be stored');
  });

  it('says why an id is needed', () => {
    const violations = [{ field: 'event.event_id', description: 'is required' }];
    expect(failureText(new OncelogClientError('RULE_BROKEN', 'm', { violations }))).toContain(
      'what makes a retry safe',
    );
  });
});
