import { describe, expect, it } from 'vitest';
import { runSteps, type Step } from './steps.ts';

function script(name: string, code: string): Step {
  return { name, command: ['node', '-e', code] };
}

function outcome(...steps: Step[]): { passed: boolean; output: string } {
  let output = '';
  const passed = runSteps(steps, (text) => (output += text));
  return { passed, output: output.replaceAll(/\d+\.\d/g, '0.0') };
}

describe('the steps of a check', () => {
  it('pass when each of them passes, and say nothing but their names and times', () => {
    expect(outcome(script('one', 'process.stderr.write("chatter")'), script('two', ''))).toEqual({
      passed: true,
      output: '✓ one             0.0 s\n✓ two             0.0 s\n2 steps passed in 0.0 s\n',
    });
  });

  it('fail when one fails, show what it said, and still run the rest', () => {
    const { passed, output } = outcome(
      script('one', 'process.stdout.write("why"); process.exit(3)'),
      script('two', ''),
    );
    expect(passed).toBe(false);
    expect(output).toMatch(/✗ one .*\n {4}why\n✓ two/);
    expect(output).toContain('1 of 2 steps failed in 0.0 s: one\n');
  });

  it('fail when a program is killed or is not there', () => {
    expect(outcome(script('killed', 'process.kill(process.pid, "SIGKILL")')).passed).toBe(false);
    expect(outcome({ name: 'absent', command: ['no-such-program-anywhere'] })).toMatchObject({
      passed: false,
      output: expect.stringContaining('ENOENT') as string,
    });
  });
});
