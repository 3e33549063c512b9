import { describe, expect, it } from 'vitest';
import { printable } from './printable-text.ts';

describe('printable text', () => {
  it('shows what would steer a terminal instead of sending it', () => {
    expect(printable('a\u001b]0;title\u0007\u009b31m\u202eb\u2028c\r\n\td')).toBe(
      'a\\u001b]0;title\\u0007\\u009b31m\\u202eb\\u2028c\\u000d\\n\\td',
    );
  });

  it('leaves text of any language as it is', () => {
    expect(printable('grün 日本 👍')).toBe('grün 日本 👍');
  });

  it('leaves JSON the same JSON', () => {
    const value = { text: '\u001b\u007f\u009b2J\u202e\n\t"\\' };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });
});
