import { expect, it } from 'vitest';
import { countFlushes } from './flush-trace.ts';

it('counts flushes that were done, whole or resumed, and no other lines', () => {
  const trace = `101 fdatasync(17)                   = 0
102 fsync(4 <unfinished ...>
101 fdatasync(17)                   = 0
102 <... fsync resumed>)            = 0
103 fsync(9)                        = -1 EIO (Input/output error)
102 +++ exited with 0 +++
`;
  expect(countFlushes(trace)).toBe(3);
});
