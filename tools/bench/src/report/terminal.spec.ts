import { describe, expect, it } from 'vitest';
import { peerNames } from '../peers/peer.ts';
import { sampleIngest, samplePeer, sampleReport, sampleStored } from '../testing/sample-report.ts';
import { renderReport, wrap } from './terminal.ts';

const widest = sampleIngest(
  'stream-500',
  peerNames.map((name) => samplePeer(name, [1_200_000, 1_234_567, 1_300_000], 1234)),
);

function lineOf(text: string, start: string): string {
  return text.split('\n').find((line) => line.startsWith(start)) ?? `no line begins with ${start}`;
}

describe('the report on a terminal', () => {
  it('has no line of more than 100 columns, however large the figures', () => {
    const lines = renderReport(sampleReport([widest])).split('\n');
    expect(lines.filter((line) => [...line].length > 100)).toEqual([]);
  });

  it('shows beside each figure what an acknowledged event survives', () => {
    const text = renderReport(sampleReport([widest]));
    expect(lineOf(text, 'oncelog ')).toMatch(/^oncelog +power loss +1,234,567 +4% +1\.00 /);
    expect(lineOf(text, 'nats ')).toMatch(/^nats +process end /);
    expect(text).toContain('nats-sync-always: absent, no such setting');
  });

  it('shows what was not measured as a dash', () => {
    const peer = { ...samplePeer('oncelog', [1000]), p50Ms: undefined, flushes: undefined };
    const line = lineOf(renderReport(sampleReport([sampleIngest('stream-500', [peer])])), 'oncelog ');
    expect(line).toMatch(/^oncelog power loss +1,000 0% +– +– +123 1,234 +– +12,346 +– 12,345$/);
  });

  it('shows beside what was accepted when it was stored, and what it takes in PostgreSQL', () => {
    const accepting = { ...samplePeer('oncelog-broker', [1_234_567]), ...sampleStored };
    const text = renderReport(sampleReport([sampleIngest('broker-500', [accepting, samplePeer('postgres', [1000])])]));
    expect(lineOf(text, 'peer ')).toMatch(/^peer +survives +events\/s +± +stored\/s +srv µs /);
    expect(lineOf(text, 'oncelog-broker ')).toMatch(/^oncelog-broker power loss 1,234,567 0% 1,234,567 /);
    expect(lineOf(text, 'postgres ')).toMatch(/^postgres +power loss +1,000 0% +– /);
    expect(text).toContain('broker-500, oncelog-broker: 123 to the WAL, 568 in tables and indexes, 235 of them');
    expect(text.split('\n').filter((line) => [...line].length > 100)).toEqual([]);
  });

  it('shows how soon another replica delivers', () => {
    const text = renderReport(sampleReport([]));
    expect(text).toContain('10 subscribers on the other: p50 6, p99 40, max 60 ms; 300,000 deliveries, 0 missed');
  });

  it('tells what was left out', () => {
    expect(renderReport(sampleReport([]))).toContain('rest-1000: the time for this run was over');
  });
});

it('long texts are broken at spaces', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', '    three', '    four']);
  expect(wrap('short', 9)).toEqual(['short']);
});
