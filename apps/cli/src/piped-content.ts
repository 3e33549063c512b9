// The content of one event from a pipe or a file.
import { OncelogClientError, refused } from '@oncelog/client';
import { type CliContext, write } from './cli-context.ts';

/** The log's own bound. */
const contentBytesMax = 256 * 1024;

/** Whoever left a pipe open by mistake sees what is waited for. */
const noticeAfterMs = 2000;

export async function readPipedContent({ stdin, process, interrupted }: CliContext): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const notice = setTimeout(() => {
    void write(process.stderr, 'reading the content from the pipe; for an event without content add </dev/null\n');
  }, noticeAfterMs);
  const stop = () => void stdin.destroy();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      clearTimeout(notice);
      bytes += chunk.length;
      if (bytes > contentBytesMax)
        throw refused('EVENT_TOO_LARGE', 'content', `must be at most ${contentBytesMax} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    clearTimeout(notice);
    interrupted.removeEventListener('abort', stop);
  }
  // Half a content must not take the place of the whole one.
  if (interrupted.aborted)
    throw new OncelogClientError('CANCELLED', 'interrupted before it was sent', { outcome: 'none' });
  return Buffer.concat(chunks);
}
