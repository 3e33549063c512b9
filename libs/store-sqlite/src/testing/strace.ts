// Looking at the system calls of a process, where the machine allows it.
import { spawnSync } from 'node:child_process';

const works = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'trace=fsync', 'true']).status === 0;
const required = (process.env['REQUIRE_TOOLS'] ?? '').split(',').includes('strace');

/** Without it a test says so in its title; REQUIRE_TOOLS=strace turns that into a failure. */
export const straceIsMissing = !works && !required;
export const straceTitle = straceIsMissing ? ' (SKIPPED: strace does not work here)' : '';
