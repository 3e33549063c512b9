import { describe, expect, it } from 'vitest';
import { copyContract } from './contract-copy.ts';
import { readScripts, run } from './workspace.ts';

/** Runs a check of proto/package.json as it is written there; what it complained about, empty when it passed. */
function check(script: 'lint' | 'breaking', folder: string): string {
  const [command = '', ...args] = (readScripts('proto')[script] ?? '').split(' ');
  try {
    return run(command, args, { cwd: folder });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

const eventFile = 'oncelog/v1/event.proto';
const lastField = 'string content_type = 8;';

describe('the check for breaking changes', () => {
  it('accepts the contract as it is', () => {
    using contract = copyContract();
    expect(check('breaking', contract.folder)).toBe('');
  });

  it('accepts a new field', () => {
    using contract = copyContract();
    contract.replace(eventFile, lastField, `${lastField}\n  string subject = 9;`);
    expect(check('breaking', contract.folder)).toBe('');
  });

  it.each([
    ['a renumbered field', lastField, 'string content_type = 9;', 'field "8" with name "content_type"'],
    ['a removed field', lastField, '', 'field "8" with name "content_type"'],
    ['a field of another type', lastField, 'bytes content_type = 8;', 'changed type from "string" to "bytes"'],
    ['a renamed outcome', 'OUTCOME_STATUS_CONFLICT', 'OUTCOME_STATUS_CLASH', '"OUTCOME_STATUS_CONFLICT"'],
  ])('refuses %s', (_change, before, after, complaint) => {
    using contract = copyContract();
    contract.replace(eventFile, before, after);
    expect(check('breaking', contract.folder)).toContain(complaint);
  });
});

describe('the lint rules of the contract', () => {
  it('accept the contract as it is', () => {
    using contract = copyContract();
    expect(check('lint', contract.folder)).toBe('');
  });

  it('refuse a field name that is not in snake case', () => {
    using contract = copyContract();
    contract.replace(eventFile, lastField, 'string contentType = 8;');
    expect(check('lint', contract.folder)).toContain('lower_snake_case');
  });
});
