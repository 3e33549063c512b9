// npm run demo: publish with repeats, kill -9 in the middle, restart, and count. Ten seconds, nothing left behind.
import { temporaryFolder } from './launch/temporary-folder.ts';
import { runDemo } from './demo/run-demo.ts';
import { createStory } from './demo/story.ts';

const interruptedExitCode = 130;

const folder = temporaryFolder();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

try {
  const kept = await runDemo({ folder: folder.path, signal: stop.signal, story: createStory(process.stdout) });
  process.exitCode = kept ? 0 : 1;
} catch (error) {
  process.exitCode = stop.signal.aborted ? interruptedExitCode : 1;
  process.stderr.write(`the demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  folder[Symbol.dispose]();
}
