// A page of a project that uses the installed client, bundled as its author would bundle it.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import type { InstalledClient } from './installed-client.ts';

export interface BundledPage {
  readonly code: string;
  readonly gzipBytes: number;
}

export async function bundlePage(installed: InstalledClient, page: string): Promise<BundledPage> {
  installed.write('page.js', page);
  const result = await build({
    root: installed.folder,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'esnext', rolldownOptions: { input: join(installed.folder, 'page.js') } },
  });
  if (!('output' in result)) throw new Error('one page is one bundle');
  const code = result.output.map((file) => ('code' in file ? file.code : '')).join('\n');
  return { code, gzipBytes: gzipSync(code).length };
}
