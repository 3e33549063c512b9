import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startStandInServer } from '@oncelog/client/testing';
import { expect, it, onTestFinished } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** A shell, because only a shell redirects. */
async function publish(redirection: string) {
  const server = await startStandInServer();
  onTestFinished(() => server.close());
  const command = `'${process.execPath}' '${main}' --quiet --count 100 --target ${server.target} ${redirection}`;
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr, stored: server.log.events.length };
}

it('publishes all for a reader that has left', async () => {
  expect(await publish('| true')).toEqual({ code: 0, stderr: '', stored: 75 });
});

it.runIf(process.platform === 'linux')('says in one line that its report could not be written', async () => {
  const { code, stderr, stored } = await publish('> /dev/full');
  expect(stderr).toMatch(/^cannot write to standard output: ENOSPC[^\n]*\n$/);
  expect({ code, stored }).toEqual({ code: 1, stored: 75 });
});
