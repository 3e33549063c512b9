import { describe, expect, it } from 'vitest';
import { sampleIngest, samplePeer, sampleReport } from '../testing/sample-report.ts';
import { renderChart } from './chart.ts';

const report = sampleReport([
  sampleIngest('stream-500', [
    samplePeer('oncelog', [90, 100, 110]),
    samplePeer('sqlite-one-row', [180, 200, 220]),
    samplePeer('nats', [20, 25, 30]),
  ]),
  sampleIngest('unary-64', [samplePeer('oncelog', [10])]),
]);

function barWidths(svg: string): number[] {
  return [...svg.matchAll(/<rect x="150" y="[\d.]+" width="([\d.]+)" height="18"/g)].map(([, width]) => Number(width));
}

describe('the chart', () => {
  const svg = renderChart(report);

  it('has one bar a peer and scenario, as long as its median', () => {
    const [ours, limit, nats, unary] = barWidths(svg);
    expect(barWidths(svg)).toHaveLength(4);
    expect(ours! / limit!).toBeCloseTo(0.5, 2);
    expect(nats! / limit!).toBeCloseTo(0.125, 2);
    expect(unary).toBeGreaterThan(limit!);
  });

  it('keeps inside its own width', () => {
    const [, width] = /^<svg [^>]*width="(\d+)"/.exec(svg)!;
    for (const bar of barWidths(svg)) expect(150 + bar).toBeLessThan(Number(width));
  });

  it('colours a bar by what an acknowledged event survives', () => {
    expect(svg.match(/height="18" fill="#1f4e79"/g)).toHaveLength(3);
    expect(svg.match(/height="18" fill="#c77c11"/g)).toHaveLength(1);
  });

  it('is well-formed: every title is escaped, every element closed', () => {
    expect(svg).toContain('stream-500 &lt;&amp;&gt; its title');
    expect(svg.match(/<text /g)?.length).toBe(svg.match(/<\/text>/g)?.length);
    expect(svg.replaceAll(/<\/?[a-z][^<>]*>/g, '')).not.toMatch(/[<>]/);
  });
});
