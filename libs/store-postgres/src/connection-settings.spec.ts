import { OncelogError } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { connectionSettings, withSettings } from './connection-settings.ts';

describe('the settings of a connection', () => {
  it('come from the URL, with a schema of their own or the usual one', () => {
    expect(connectionSettings('postgresql://u:p@db:5433/events')).toMatchObject({
      schema: 'oncelog',
      database: 'events',
      place: 'db:5433/events (schema oncelog)',
    });
    expect(connectionSettings('postgres://db/events?schema=other%20one')).toMatchObject({ schema: 'other one' });
  });

  it('keep what the URL says about the connection, and add what a log needs', () => {
    const { client } = connectionSettings('postgresql://db/e?sslmode=require&schema=s&options=-c%20geqo%3Doff');
    expect(client.connectionString).toBe('postgresql://db/e?sslmode=require');
    expect(client.options).toMatch(/^-c geqo=off -c search_path="s" .*-c lock_timeout=2000/);
  });

  it('are spelled so that a space ends nothing', () => {
    expect(connectionSettings('postgresql://db/e?schema=a%20b').client.options).toContain('search_path="a\\ b"');
    const { client } = withSettings(connectionSettings('postgresql://db/e'), { application_name: 'a \\ b' });
    expect(client.options).toMatch(/-c application_name=a\\ \\\\\\ b$/);
  });

  it.each([
    'pass-word',
    'http://u:pass-word@db/e',
    'postgresql://u:pass-word@db/e?schema=',
    'postgresql://u:pass-word@db/e?schema=a"b',
    `postgresql://u:pass-word@db/e?schema=${'x'.repeat(64)}`,
    'postgresql://u:pass-word@db:port/e',
    'postgresql://u:pass-word@db/e%ZZ',
    'postgresql://u:pass-word%@db/e',
    'postgresql://u:pass-word@db/e?shema=s',
  ])('are refused without being repeated: %s', (url) => {
    expect(() => connectionSettings(url)).toThrow(OncelogError);
    expect(() => connectionSettings(url)).toThrow(expect.objectContaining({ code: 'RULE_BROKEN' }));
    expect(() => connectionSettings(url)).not.toThrow(/pass-word/);
  });
});
