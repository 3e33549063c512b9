import { describe, expect, it } from 'vitest';
import { tidyFindings, type Findings } from './tidy-findings.ts';

const purpose = '// Why this file is there.\n';
const manifest = { private: true, type: 'module', scripts: { test: 'vitest run' } };

function findings(path: string, text: string, existing: readonly string[] = []): Findings {
  return tidyFindings([{ path, text }], (asked) => existing.includes(asked));
}

function complaints(path: string, text: string, existing: readonly string[] = []): readonly string[] {
  return findings(path, text, existing).complaints;
}

function lines(count: number): string {
  return purpose + 'export {};\n'.repeat(count - 1);
}

describe('the length of a source file', () => {
  it('is not mentioned up to 250 lines', () => {
    expect(findings('libs/core/src/event.ts', lines(250))).toEqual({ complaints: [], warnings: [] });
  });

  it('is warned about from 251 lines', () => {
    expect(findings('libs/core/src/event.ts', lines(251)).warnings).toEqual(['libs/core/src/event.ts has 251 lines']);
    expect(findings('libs/core/src/event.ts', lines(300)).complaints).toEqual([]);
  });

  it('fails from 301 lines', () => {
    expect(complaints('libs/core/src/event.ts', lines(301))).toEqual([
      'libs/core/src/event.ts has 301 lines: split it at 300',
    ]);
  });

  it('does not matter for generated and borrowed files', () => {
    expect(complaints('libs/protocol/src/gen/a_pb.ts', lines(301))).toEqual([]);
    expect(complaints('proto/google/api/http.proto', lines(301))).toEqual([]);
  });
});

describe('a line', () => {
  it('may have 120 columns, counted in characters', () => {
    expect(complaints('a.ts', `${purpose}// ${'→'.repeat(117)}\n`)).toEqual([]);
  });

  it('fails with 121 columns', () => {
    expect(complaints('a.ts', `${purpose}// ${'→'.repeat(118)}\n`)).toEqual(['a.ts:2 has 121 columns: 120 at most']);
  });

  it('fails when it ends in white space', () => {
    expect(complaints('README.md', 'word \n')).toEqual(['README.md:1 ends in white space']);
  });

  it('fails without a line break at the end of the file, and with carriage returns', () => {
    expect(complaints('README.md', 'a\r\nb')).toEqual([
      'README.md does not end with a line break',
      'README.md has carriage returns',
    ]);
  });
});

describe('a name', () => {
  it.each(['libs/utils/src/event.ts', 'libs/core/src/event-helpers.ts', 'tools/src/new-event.ts', 'docs/old.md'])(
    'that says nothing fails: %s',
    (path) => {
      expect(complaints(path, purpose)).toHaveLength(1);
    },
  );

  it('is judged by its words, not by letters in it', () => {
    expect(complaints('libs/core/src/renewal-threshold.ts', purpose)).toEqual([]);
  });

  it('of a type that says nothing fails', () => {
    expect(complaints('a.ts', `${purpose}class StoreManager {}\n`)).toEqual([
      'a.ts:2 class StoreManager says nothing of what it is',
    ]);
  });
});

describe('the first line of a source file', () => {
  it('says what the file is for', () => {
    expect(complaints('a.ts', 'export const a = 1;\n')).toEqual([
      'a.ts:1 does not begin with a comment of its purpose',
    ]);
  });

  it('may follow the line that names the interpreter', () => {
    expect(complaints('a.mjs', `#!/usr/bin/env node\n${purpose}`)).toEqual([]);
  });

  it('may be missing in a barrel and in a spec', () => {
    expect(complaints('index.ts', `export * from './a.ts';\nexport {\n  b,\n} from './b.ts';\n`)).toEqual([]);
    expect(complaints('a.spec.ts', `import { it } from 'vitest';\n`)).toEqual([]);
  });
});

describe('a leftover', () => {
  it.each([
    ['libs/core/src/a.ts', '// TODO later'],
    ['libs/core/src/a.ts', '// FIXME'],
    ['README.md', 'XXX'],
    ['proto/oncelog/v1/a.proto', '// HACK'],
    ['libs/core/src/a.ts', 'debugger;'],
    ['libs/core/src/a.ts', 'console.log(1);'],
    ['libs/core/src/a.ts', '// @ts-ignore'],
    ['libs/core/src/a.ts', 'f(x as any);'],
    ['libs/core/src/a.spec.ts', `it.only('a', () => {});`],
    ['libs/core/src/a.spec.ts', `describe.concurrent.skip('a', () => {});`],
    ['libs/core/src/a.spec.ts', `test.todo('a');`],
    ['docs/page.md', 'look in /home/me/oncelog'],
    ['apps/cli/src/a.ts', `const home = '/Users/me/.npm';`],
    ['docs/page.md', 'look in ../shared'],
  ])('in %s fails: %s', (path, line) => {
    expect(complaints(path, `${purpose}${line}\n`)).toHaveLength(1);
  });

  it.each([
    ['libs/core/src/a.ts', '// told apart, as any client would'],
    ['libs/core/src/a.ts', `const path = '/network/main';`],
    ['libs/core/src/a.ts', `const path = 'proto/root/a';`],
    ['libs/core/src/a.spec.ts', `it.skipIf(!strace)('a', () => {});`],
    ['apps/cli/src/a.ts', `process.stdout.write('a');`],
  ])('is not seen in %s: %s', (path, line) => {
    expect(complaints(path, `${purpose}${line}\n`)).toEqual([]);
  });
});

describe('a test that waits by the clock', () => {
  it.each(['await sleep(5);', 'setTimeout(resolve, 5);', `import { setTimeout as wait } from 'node:timers/promises';`])(
    'fails: %s',
    (line) => {
      expect(complaints('a.spec.ts', `${line}\n`)).toHaveLength(1);
      expect(complaints('libs/core/src/testing/a.ts', `${purpose}${line}\n`)).toHaveLength(1);
    },
  );

  it('passes with a reason, on the line or the one before', () => {
    expect(complaints('a.spec.ts', 'setTimeout(stop, 5); // clock: the rate is what is tested\n')).toEqual([]);
    expect(complaints('a.spec.ts', '// clock: the rate is what is tested\nsetTimeout(stop, 5);\n')).toEqual([]);
  });

  it('fails with a mark and no reason', () => {
    expect(complaints('a.spec.ts', '// clock: \nsetTimeout(stop, 5);\n')).toHaveLength(2);
  });
});

describe('a package.json', () => {
  function ofManifest(fields: object): readonly string[] {
    return complaints('libs/core/package.json', `${JSON.stringify(fields)}\n`);
  }

  it('with exact versions passes', () => {
    const dependencies = { a: '1.2.3', b: 'npm:@scope/b@6.0.2', c: '1.0.0-rc.1' };
    expect(ofManifest({ ...manifest, dependencies })).toEqual([]);
  });

  it.each(['^1.2.3', '~1.2.3', '1.x', '*', 'latest', '>=1.0.0', 'npm:b@^6.0.2'])(
    'that asks for %s fails',
    (version) => {
      expect(ofManifest({ ...manifest, devDependencies: { a: version } })).toEqual([
        `libs/core/package.json asks for a ${version}: pin one version`,
      ]);
    },
  );

  it.each([
    [{ private: false }, 'is not private'],
    [{ type: 'commonjs' }, 'is not of type module'],
    [{ scripts: {} }, 'has no test script'],
    [{ scripts: { test: 'vitest run --passWithNoTests' } }, 'passes without a single test'],
  ])('with %j fails', (change, complaint) => {
    expect(ofManifest({ ...manifest, ...change })).toEqual([`libs/core/package.json ${complaint}`]);
  });
});

describe('a link in a page', () => {
  it('to a file that is there passes', () => {
    const text = '[a](page.md) [b](../README.md#start) [c](https://example.org) [d](#here) [e](mailto:a@example.org)\n';
    expect(complaints('docs/index.md', text, ['docs/page.md', 'README.md'])).toEqual([]);
  });

  it.each(['[a](gone.md)', '![a](gone.md "title")', '[a]: gone.md', '[a](gone.md#part)'])(
    'to nothing fails: %s',
    (text) => {
      expect(complaints('docs/index.md', `${text}\n`)).toHaveLength(1);
    },
  );

  it('is not looked for in code', () => {
    expect(complaints('docs/index.md', '```ts\n[a](gone.md)\n```\n`[b](gone.md)`\n')).toEqual([]);
  });
});
