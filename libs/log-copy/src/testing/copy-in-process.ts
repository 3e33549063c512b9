// A copy in a process of its own, for tests that kill it. Each page is told on a line.
// Usage: node copy-in-process.ts <from> <to> <events in a page>
import { copyLog } from '../copy-log.ts';

const [from = '', to = '', eventsMax = ''] = process.argv.slice(2);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const limits = { eventsMax: Number(eventsMax), bytesMax: 100_000 };
say(await copyLog({ from, to, limits, onProgress: say }));
