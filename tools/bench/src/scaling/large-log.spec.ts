import { describe, expect, it } from 'vitest';
import type { PeerResult } from '../report/report.ts';
import { sampleIngest, samplePeer, sampleReport, sampleStored } from '../testing/sample-report.ts';
import { largeLog, measuredLog } from './large-log.ts';
import { renderScaling } from './scaling-tables.ts';

const streams: PeerResult = { ...samplePeer('oncelog-postgres', [100_000], 20), ...sampleStored };
const alone: PeerResult = { ...samplePeer('oncelog-postgres', [300]), p50Ms: 3 };
const report = sampleReport([sampleIngest('postgres-500', [streams]), sampleIngest('postgres-unary-1', [alone])]);

describe('a log of many events a second', () => {
  const measured = measuredLog(report);

  it('is calculated from what was measured', () => {
    expect(measured).toMatchObject({ eventsPerSecond: 100_000, cpuUsPerEvent: 20, commitMs: 3 });
    // 150 bytes of content, a key of 36 and 7, a source, a content type and what tells them apart.
    expect(measured.wireBytesPerEvent).toBeGreaterThan(210);
    expect(measured.wireBytesPerEvent).toBeLessThan(260);
  });

  it('takes partitions and cores that are half used, and storage for a standby of each', () => {
    const bytes = { databaseBytesPerEvent: 500, keyBytesPerEvent: 200 };
    const { partitions, cores, storedTbPerDay, keysTbPerDay } = largeLog(1_000_000, { ...measured, ...bytes });
    expect(partitions).toBe(20);
    expect(cores).toBe(40);
    expect(storedTbPerDay).toBeCloseTo(86.4);
    expect(keysTbPerDay).toBeCloseTo(34.56);
  });

  it('is not calculated from a run that lacks a figure', () => {
    expect(() => measuredLog(sampleReport([]))).toThrow('no oncelog-postgres in postgres-500');
    const withoutBytes = { ...streams, walBytesPerEvent: undefined };
    const lacking = sampleReport([sampleIngest('postgres-500', [withoutBytes]), report.ingest[1]!]);
    expect(() => measuredLog(lacking)).toThrow('no walBytesPerEvent');
  });

  it('is told in tables that name their run', () => {
    const text = renderScaling(report);
    expect(text).toContain('from the run of 2026-01-02T03:04:05.678Z, commit 0123456789ab');
    expect(text).toMatch(/^1,000,000 +20 +40 /m);
  });
});
