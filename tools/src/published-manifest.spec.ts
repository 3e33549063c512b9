import { describe, expect, it } from 'vitest';
import { publishedManifest } from './published-manifest.ts';

const source = {
  name: '@oncelog/client',
  version: '1.2.3',
  description: 'A client.',
  license: 'Apache-2.0',
  private: true,
  scripts: { test: 'vitest run' },
  exports: {
    '.': { browser: './src/browser.ts', default: './src/index.ts' },
    './testing': './src/testing/index.ts',
  },
  dependencies: { '@oncelog/protocol': '0.1.0', '@grpc/grpc-js': '1.14.7' },
};

const inlined = { '@oncelog/protocol': { '@bufbuild/protobuf': '2.17.0', '@oncelog/proto': '0.1.0' } };

describe('the published package.json', () => {
  const published = publishedManifest(source, inlined);

  it('leaves out what only the workspace needs', () => {
    expect(published).not.toHaveProperty('private');
    expect(published).not.toHaveProperty('scripts');
    expect(published).toMatchObject({ name: '@oncelog/client', version: '1.2.3', type: 'module', sideEffects: false });
  });

  it('names built files with their types first, and the browser before everybody else', () => {
    expect(JSON.stringify(published.exports)).toBe(
      JSON.stringify({
        '.': {
          browser: { types: './browser.d.ts', default: './browser.js' },
          default: { types: './index.d.ts', default: './index.js' },
        },
        './testing': { types: './testing/index.d.ts', default: './testing/index.js' },
        './package.json': './package.json',
      }),
    );
  });

  it('asks for what inlined packages need instead of for them, and for no exact version', () => {
    expect(published.dependencies).toEqual({ '@bufbuild/protobuf': '^2.17.0', '@grpc/grpc-js': '^1.14.7' });
  });
});
