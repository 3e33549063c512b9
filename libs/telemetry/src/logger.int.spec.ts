import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { logLevels } from './index.ts';

const loggerFile = new URL('logger.ts', import.meta.url).href;

function run(statements: string) {
  const program = `import { createLogger } from '${loggerFile}'; ${statements}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
}

describe('the log', () => {
  it('writes one JSON object a line to standard error, and nothing to standard output', () => {
    const { stdout, stderr } = run(
      `createLogger({ name: 'test', level: 'info' }).warn({ route: '/publish' }, 'two\\nlines')`,
    );
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr)).toMatchObject({ level: 'warn', name: 'test', route: '/publish', msg: 'two\nlines' });
  });

  it('has written its last words when the process exits at once', () => {
    const { stderr, status } = run(`createLogger({ name: 'test', level: 'info' }).fatal('the end'); process.exit(74)`);
    expect(status).toBe(74);
    expect(JSON.parse(stderr)).toMatchObject({ level: 'fatal', msg: 'the end' });
  });

  it('keeps what is below its level to itself', () => {
    const { stderr } = run(`createLogger({ name: 'test', level: 'error' }).warn('quiet')`);
    expect(stderr).toBe('');
  });

  it('offers silence as a level', () => {
    expect(logLevels).toContain('silent');
    expect(run(`createLogger({ name: 'test', level: 'silent' }).fatal('unheard')`).stderr).toBe('');
  });
});
