import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from './latency-histogram.ts';

function of(...latencies: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const ms of latencies) histogram.record(ms);
  return histogram;
}

describe('a histogram of latencies', () => {
  it('knows each quantile to within two percent', () => {
    const histogram = of(...Array.from({ length: 1000 }, (_, index) => (index + 1) / 10));
    for (const [part, exact] of [
      [0.5, 50],
      [0.9, 90],
      [0.99, 99],
    ] as const) {
      expect(histogram.quantile(part)! / exact).toBeGreaterThan(0.98);
      expect(histogram.quantile(part)! / exact).toBeLessThan(1.021);
    }
  });

  it('never says more than the largest', () => {
    expect(of(3, 7.77).quantile(1)).toBe(7.77);
    expect(of(5).quantile(0.5)).toBe(5);
  });

  it('has nothing to say of nothing', () => {
    expect(of().quantile(0.5)).toBeUndefined();
  });

  it('counts what another process counted', () => {
    const histogram = of(1, 1, 1);
    histogram.add(of(100).toCounts());
    expect(histogram.count).toBe(4);
    expect(histogram.quantile(0.75)).toBeLessThan(1.03);
    expect(histogram.quantile(1)).toBeGreaterThan(98);
  });

  it('takes latencies below its smallest bucket, and none at all', () => {
    expect(of(0, 0.0001).quantile(1)).toBe(0.0001);
  });
});
