import { describe, expect, it } from 'vitest';
import { boundaryViolations, packageOf, type Edge, type Project, type SourceImport } from './boundaries.ts';
import type { BoundaryRules } from './boundary-rules.ts';
import { checkBoundaries } from './check-boundaries.ts';
import { importsOf } from './read-workspace.ts';

const rules: BoundaryRules = {
  core: { imports: [], npm: [], node: ['node:crypto'] },
  store: { imports: ['core'], npm: ['@mikro-orm/*', 'better-sqlite3'] },
  app: { imports: ['core', 'store'], npm: [] },
  e2e: { imports: [], npm: ['@grpc/*'], launches: ['app'], development: true },
};

const core: Project = { name: '@x/core', root: 'libs/core', tags: ['npm:private', 'layer:core'], declared: [] };
const store: Project = {
  name: '@x/store',
  root: 'libs/store',
  tags: ['layer:store'],
  declared: ['@x/core', '@mikro-orm/core', '@types/better-sqlite3'],
};
const app: Project = { name: '@x/app', root: 'apps/app', tags: ['layer:app'], declared: ['@x/core', '@x/store'] };
const e2e: Project = { name: '@x/e2e', root: 'apps/e2e', tags: ['layer:e2e'], declared: ['@grpc/grpc-js'] };

const house = [core, store, app, e2e];

function edge(source: Project, target: Project, type = 'static'): Edge {
  return { source: source.name, target: target.name, type };
}

function imported(project: Project, file: string, specifier: string): SourceImport {
  return { project: project.name, file: `${project.root}/${file}`, specifier };
}

interface Change {
  readonly projects?: readonly Project[];
  readonly edges?: readonly Edge[];
  readonly imports?: readonly SourceImport[];
  readonly rules?: BoundaryRules;
}

function violations({ projects = house, edges = [], imports = [], rules: given = rules }: Change): string[] {
  return boundaryViolations({ projects, edges, imports, rootDeclared: ['vitest', 'typescript'] }, given);
}

function replacing(project: Project): Project[] {
  return house.map((other) => (other.name === project.name ? project : other));
}

describe('the boundaries of the layers', () => {
  it('hold in this repository', () => {
    expect(checkBoundaries()).toEqual([]);
  });

  it('let through what the rules allow', () => {
    const edges = [edge(store, core), edge(app, store), edge(e2e, app, 'implicit')];
    const imports = [
      imported(core, 'src/content.ts', 'node:crypto'),
      imported(core, 'src/content.ts', './event.ts'),
      imported(core, 'src/testing/suite.ts', 'vitest'),
      imported(core, 'src/testing/suite.ts', 'node:fs'),
      imported(core, 'src/content.spec.ts', 'vitest'),
      imported(core, 'vitest.config.ts', '../../vitest.config.ts'),
      imported(store, 'src/entity.ts', '@x/core'),
      imported(store, 'src/entity.ts', '@mikro-orm/core'),
      imported(store, 'src/entity.ts', '@x/core/testing'),
      imported(e2e, 'src/launcher.ts', 'vitest'),
    ];
    expect(violations({ edges, imports })).toEqual([]);
  });
});

describe('a project', () => {
  it('without a layer fails, even when nothing depends on it', () => {
    const untagged = { ...core, name: '@x/loose', tags: ['npm:private'] };
    expect(violations({ projects: [...house, untagged] })).toEqual([
      '@x/loose has no layer: tag it "layer:<name>" in its package.json',
    ]);
  });

  it('of two layers fails', () => {
    expect(violations({ projects: replacing({ ...core, tags: ['layer:core', 'layer:app'] }) })).toContain(
      '@x/core has 2 layers: core, app',
    );
  });

  it.each(['*', 'toString', 'cores'])('of the layer %s, which has no rule, fails', (layer) => {
    expect(violations({ projects: replacing({ ...core, tags: [`layer:${layer}`] }) })).toContain(
      `@x/core is of the layer ${layer}, which has no rule`,
    );
  });

  it('declares no package that its layer may not use', () => {
    expect(violations({ projects: replacing({ ...core, declared: ['pino'] }) })).toEqual([
      '@x/core declares pino, which the layer core may not use',
    ]);
  });
});

describe('a rule', () => {
  it('for a layer without a project is stale', () => {
    expect(violations({ projects: [core, store, app] })).toEqual([
      'the rule for e2e is stale: no project is of that layer',
    ]);
  });

  it.each([{ imports: ['gone'] }, { imports: [], launches: ['gone'] }, { imports: [], tests: ['gone'] }])(
    'that names a layer without a rule fails',
    (rule) => {
      expect(violations({ rules: { ...rules, app: { npm: [], ...rule } } })).toEqual([
        'the rule for app names gone, which has no rule',
      ]);
    },
  );
});

describe('an edge of the project graph', () => {
  it('against the direction fails', () => {
    expect(violations({ edges: [edge(core, store)] })).toEqual(['@x/core must not depend on @x/store (static)']);
  });

  it.each(['static', 'dynamic'])('from a test that starts a program to its source fails when it is %s', (type) => {
    expect(violations({ edges: [edge(e2e, app, type)] })).toEqual([`@x/e2e must not depend on @x/app (${type})`]);
  });

  it('that is implicit fails where nothing is launched', () => {
    expect(violations({ edges: [edge(core, app, 'implicit')] })).toHaveLength(1);
  });
});

describe('an import', () => {
  it.each<[string, SourceImport, string[]]>([
    [
      'of another package against the direction',
      imported(store, 'src/entity.ts', '@x/app'),
      [
        'libs/store/src/entity.ts imports @x/app, which @x/store does not declare',
        'libs/store/src/entity.ts imports @x/app, which the layer store may not use',
      ],
    ],
    [
      'of an allowed package that is not declared',
      imported(store, 'src/entity.ts', '@mikro-orm/sqlite'),
      ['libs/store/src/entity.ts imports @mikro-orm/sqlite, which @x/store does not declare'],
    ],
    [
      'of npm in a pure layer',
      imported(core, 'src/content.ts', '@mikro-orm/core'),
      [
        'libs/core/src/content.ts imports @mikro-orm/core, which @x/core does not declare',
        'libs/core/src/content.ts imports @mikro-orm/core, which the layer core may not use',
      ],
    ],
    [
      'of the test runner outside tests',
      imported(core, 'src/content.ts', 'vitest'),
      [
        'libs/core/src/content.ts imports vitest, which @x/core does not declare',
        'libs/core/src/content.ts imports vitest, which the layer core may not use',
      ],
    ],
    [
      'of I/O in a pure layer',
      imported(core, 'src/content.ts', 'node:fs'),
      ['libs/core/src/content.ts imports node:fs, which the layer core may not use'],
    ],
    [
      'of a module of Node without its prefix',
      imported(app, 'src/main.ts', 'fs/promises'),
      ['apps/app/src/main.ts imports fs/promises: write node:fs/promises'],
    ],
    [
      'around the front door of another package',
      imported(app, 'src/main.ts', '../../../libs/store/src/entity.ts'),
      ['apps/app/src/main.ts imports ../../../libs/store/src/entity.ts, which leaves its package'],
    ],
    [
      'of the program that a test starts',
      imported(e2e, 'src/crash.e2e.spec.ts', '@x/app'),
      [
        'apps/e2e/src/crash.e2e.spec.ts imports @x/app, which @x/e2e does not declare',
        'apps/e2e/src/crash.e2e.spec.ts imports @x/app, which the layer e2e may not use',
      ],
    ],
  ])('%s fails', (_name, found, expected) => {
    expect(violations({ imports: [found] })).toEqual(expected);
  });

  it.each([
    [`import { a } from 'a';`, 'a'],
    [`import type { B } from 'b';`, 'b'],
    [`export * from 'c';`, 'c'],
    [`const d = await import('d');`, 'd'],
    [`import 'e';`, 'e'],
    [`let f: import('f').F;`, 'f'],
  ])('is found in %s', (text, expected) => {
    expect(importsOf(text)).toEqual([expected]);
  });

  it('that only tests may make fails in what ships', () => {
    const tested = { ...rules, app: { imports: ['core'], npm: [], tests: ['store'] } };
    const specs = [imported(app, 'src/main.spec.ts', '@x/store'), imported(app, 'src/a/testing/log.ts', '@x/store')];
    expect(violations({ rules: tested, edges: [edge(app, store)], imports: specs })).toEqual([]);
    expect(violations({ rules: tested, imports: [imported(app, 'src/main.ts', '@x/store')] })).toEqual([
      'apps/app/src/main.ts imports @x/store, which the layer app may not use',
    ]);
  });

  it('is attributed to its package, not to a path in it', () => {
    expect(packageOf('@grpc/grpc-js/build/src/index.js')).toBe('@grpc/grpc-js');
    expect(packageOf('pino/file')).toBe('pino');
  });
});
