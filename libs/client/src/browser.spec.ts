import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as browser from './browser.ts';
import * as node from './index.ts';

/** Everything that a module imports, and what that imports; types are not loaded. */
function reachedFrom(entry: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const visit = (file: string) => {
    if (texts.has(file)) return;
    const text = readFileSync(join(import.meta.dirname, file), 'utf8').replaceAll(
      /^(?:import|export) type [^;]*;/gm,
      '',
    );
    texts.set(file, text);
    for (const [, next] of text.matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+)'/g)) visit(join(dirname(file), next!));
  };
  visit(entry);
  return texts;
}

const ofNode = /['"]node:|\bBuffer\b|\bprocess\.|@connectrpc\/connect-node|@grpc\//;

describe('the entry for browsers', () => {
  it('reaches nothing of Node', () => {
    const files = [...reachedFrom('browser.ts')];
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter(([, text]) => ofNode.test(text)).map(([file]) => file)).toEqual([]);
  });

  it('is told apart from the entry for Node', () => {
    expect([...reachedFrom('index.ts')].filter(([, text]) => ofNode.test(text)).length).toBeGreaterThan(0);
  });

  it('offers what the entry for Node offers', () => {
    expect(Object.keys(browser).toSorted()).toEqual(Object.keys(node).toSorted());
  });
});
