// The package.json that is published, derived from the one that the workspace lives with.

type Dependencies = Readonly<Record<string, string>>;

/** By condition, or one file for all; in the workspace these are sources. */
export type ExportTarget = string | Readonly<Record<string, string>>;

export interface SourceManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, ExportTarget>>;
  readonly dependencies: Dependencies;
}

interface PublishedTarget {
  readonly types: string;
  readonly default: string;
}

/** What the code needs: Promise.withResolvers came with 22. The workspace's own minimum is for running TypeScript. */
const nodeMin = '>=22';

/** `inlined` packages go along as code; what they depend on is needed all the same. */
export function publishedManifest(manifest: SourceManifest, inlined: Readonly<Record<string, Dependencies>>) {
  const { name, version, description, license } = manifest;
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    keywords: ['event log', 'pub-sub', 'idempotent', 'deduplication', 'grpc', 'connect'],
    engines: { node: nodeMin },
    sideEffects: false,
    files: ['**/*.js', '**/*.d.ts'],
    exports: {
      ...Object.fromEntries(Object.entries(manifest.exports).map(([path, target]) => [path, publishedExport(target)])),
      './package.json': './package.json',
    },
    dependencies: publishedDependencies(manifest.dependencies, inlined),
  };
}

/** The workspace pins each version; a library that does so would bring second copies into its users' programs. */
function publishedDependencies(own: Dependencies, inlined: Readonly<Record<string, Dependencies>>): Dependencies {
  const needed = { ...own };
  for (const [name, dependencies] of Object.entries(inlined)) {
    delete needed[name];
    for (const [each, version] of Object.entries(dependencies)) {
      if (!each.startsWith('@oncelog/')) needed[each] ??= version;
    }
  }
  return Object.fromEntries(
    Object.entries(needed)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([each, version]) => [each, `^${version}`]),
  );
}

/** Conditions in the order they are asked for: browser first, default last. */
function publishedExport(target: ExportTarget): Readonly<Record<string, PublishedTarget>> | PublishedTarget {
  if (typeof target === 'string') return publishedTarget(target);
  return Object.fromEntries(Object.entries(target).map(([condition, file]) => [condition, publishedTarget(file)]));
}

/** Of "./src/browser.ts", "./browser.js" with its types, which have to come first. */
function publishedTarget(source: string): PublishedTarget {
  const path = source.replace(/^\.\/src\//, './').replace(/\.ts$/, '');
  return { types: `${path}.d.ts`, default: `${path}.js` };
}
