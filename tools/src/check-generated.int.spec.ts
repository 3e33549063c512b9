import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkGenerated, differences } from './check-generated.ts';
import { copyContract } from './contract-copy.ts';

describe('the generated code', () => {
  it('is what the contract generates', () => {
    expect(checkGenerated()).toEqual([]);
  });

  it('is refused once the contract has changed without it', () => {
    using contract = copyContract();
    contract.replace('oncelog/v1/event.proto', 'string source = 4;', 'string sender = 4;');
    expect(checkGenerated(contract.folder)).toEqual([
      'oncelog/v1/event_pb.ts is not what the contract generates: run npm run generate',
    ]);
  });
});

describe('the comparison of generated code', () => {
  let parent: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'oncelog-differences-'));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  function folderOf(name: string, files: Record<string, string>): string {
    const folder = join(parent, name);
    mkdirSync(join(folder, 'v1'), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    return folder;
  }

  it.each<[string, Record<string, string>, Record<string, string>, string[]]>([
    ['accepts equal bytes', { 'v1/a.ts': '// @generated a' }, { 'v1/a.ts': '// @generated a' }, []],
    [
      'refuses one byte more',
      { 'v1/a.ts': '// @generated a\n' },
      { 'v1/a.ts': '// @generated a' },
      ['v1/a.ts is not what the contract generates: run npm run generate'],
    ],
    ['refuses a missing file', {}, { 'v1/a.ts': '// @generated a' }, ['v1/a.ts is not there: run npm run generate']],
    [
      'refuses a file that nothing generates',
      { 'v1/a.ts': '// @generated a', 'v1/b.ts': '' },
      { 'v1/a.ts': '// @generated a' },
      ['v1/b.ts is generated from nothing: run npm run generate'],
    ],
    ['refuses a file without a banner', { 'v1/a.ts': 'a' }, { 'v1/a.ts': 'a' }, ['v1/a.ts has no banner']],
    ['refuses to compare with nothing', { 'v1/a.ts': '' }, {}, ['the contract generates nothing']],
  ])('%s', (_title, committed, fresh, expected) => {
    expect(differences(folderOf('committed', committed), folderOf('fresh', fresh))).toEqual(expected);
  });
});
