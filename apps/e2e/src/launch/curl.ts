// curl, as newcomers and shell scripts use it, with the status beside the body.
import { expect } from 'vitest';
import { runProgram } from './run-program.ts';

export interface CurlAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** POST with a JSON body; its numbers stay as they are. */
export async function curlPost(url: string, json: string): Promise<CurlAnswer> {
  const request = ['-H', 'content-type: application/json', '-d', json];
  const { code, stdout, stderr } = await runProgram('curl', ['-sS', '-w', '\n%{http_code}', ...request, url]);
  expect(code, stderr).toBe(0);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end)), body: JSON.parse(stdout.slice(0, end)) };
}
