import { describe, expect, it } from 'vitest';
import { withProgressBar } from './progress-bar.ts';

describe('a progress bar', () => {
  it('shows a share before the text', () => {
    expect(withProgressBar(0.5, '3 events', 80)).toBe('[############------------]  50 %  3 events');
    expect(withProgressBar(1, '', 80)).toBe(`[${'#'.repeat(24)}] 100 %  `);
  });

  it('gives way to the text where columns are few, and then cuts it', () => {
    expect(withProgressBar(0.5, '3 events', 26)).toBe('[###----]  50 %  3 events');
    expect(withProgressBar(0.5, '3 events', 20)).toBe(' 50 %  3 events');
    expect(withProgressBar(0.5, '3 events', 10)).toBe(' 50 %  3 ');
  });
});
