import { hasService } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cutCallsOff, earlyAcknowledgementOnPostgres } from '../crash/cycle-figures.ts';
import { cyclesOfTest } from '../crash/cycles-of-test.ts';
import { RecoveryTimes, recoveryMsMax } from '../crash/recovery-times.ts';
import { type AggregatorProcess, launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { postgresOfTest, redisOfTest } from '../launch/services-of-test.ts';
import { brokerOfTest, databaseOfTest, replicasOfTest } from '../launch/shared-services.ts';
import { statsOf, untilMoreIsStored, untilSettled } from './broker-load.ts';

const redisKills = 5;
const workerKills = 20;
/** Of a fault that comes to light in nine of ten. */
const faultyKills = 5;

const hasServices = hasService('postgres') && hasService('redis');

interface WorkerOfTest {
  kill(): Promise<void>;
  start(more?: LaunchOptions): Promise<void>;
}

/** One worker as a process of its own, killed and started again. */
async function workerOfTest(options: LaunchOptions): Promise<WorkerOfTest> {
  let worker: AggregatorProcess | undefined;
  onTestFinished(async () => void (await worker?.end('SIGKILL')));
  const start = async (more: LaunchOptions = {}) => void (worker = await launchAggregator({ ...options, ...more }));
  return { start, kill: async () => void (await worker?.end('SIGKILL')) };
}

describe.skipIf(!hasServices)('a Redis that is killed with kill -9 under the load of two replicas', () => {
  it(`loses and repeats nothing it accepted in ${redisKills} cycles, and accepts at once when it is back`, async () => {
    const [postgres, redis] = [await postgresOfTest(), await redisOfTest()];
    const store = databaseOfTest(postgres.url);
    const replicas = await replicasOfTest({ count: 2, store, args: ['--broker', brokerOfTest(redis.url)] });
    const recovery = new RecoveryTimes();
    const report = await cyclesOfTest('Redis killed', {
      cycles: redisKills,
      targets: replicas.targets,
      async strike(everyAddressServes) {
        await redis.kill();
        await redis.start();
        await recovery.measure(everyAddressServes);
      },
      settle: () => untilSettled(replicas.targets[0]!),
    });
    recovery.tell('both replicas accepted again');
    expect(report.violations).toEqual([]);
    expect(report.counts.accepted).toBe(report.counts.acknowledgedEvents);
    expect(cutCallsOff(report)).toBe(true);
    expect(report.failureCodes).toEqual(['STORE_UNAVAILABLE']);
    expect(recovery.maxMs).toBeLessThan(recoveryMsMax);
  });

  it('is caught when it keeps nothing on disk', async () => {
    const [postgres, redis] = [await postgresOfTest(), await redisOfTest({ appendonly: 'no' })];
    const store = databaseOfTest(postgres.url);
    const args = ['--broker', brokerOfTest(redis.url), '--broker-allow', 'appendonly'];
    const replicas = await replicasOfTest({ count: 2, store, args: [...args, '--role', 'serve'] });
    const worker = await workerOfTest({ store, args: [...args, '--role', 'work'] });
    const report = await cyclesOfTest('Redis killed, without a file', {
      cycles: faultyKills,
      targets: replicas.targets,
      async strike(everyAddressServes) {
        await redis.kill();
        await redis.start();
        await everyAddressServes();
      },
      async settle() {
        await worker.start();
        await untilSettled(replicas.targets[0]!);
      },
    });
    expect(report.violations.map(({ check }) => check)).toContain('lost');
  });
});

describe.skipIf(!hasServices)('a worker that is killed with kill -9 while it stores what two replicas accept', () => {
  it(`loses and repeats nothing in ${workerKills} cycles, and leaves nothing behind in the broker`, async () => {
    const [postgres, redis] = [await postgresOfTest(), await redisOfTest()];
    const store = databaseOfTest(postgres.url);
    const args = ['--broker', brokerOfTest(redis.url)];
    const replicas = await replicasOfTest({ count: 2, store, args: [...args, '--role', 'serve'] });
    const worker = await workerOfTest({ store, args: [...args, '--role', 'work'] });
    await worker.start();
    const recovery = new RecoveryTimes();
    let leftBehind = 0;
    const report = await cyclesOfTest('worker killed', {
      cycles: workerKills,
      targets: replicas.targets,
      async strike() {
        await worker.kill();
        const { broker } = await statsOf(replicas.targets[0]!);
        if (broker!.deliveredEvents > 0n) leftBehind += 1;
        await worker.start();
        await recovery.measure(() => untilMoreIsStored(replicas.targets[0]!));
      },
      settle: () => untilSettled(replicas.targets[0]!),
    });
    recovery.tell('the next worker stored');
    process.stdout.write(`${leftBehind} of ${workerKills} workers died with events in their hands\n`);
    expect(report.violations).toEqual([]);
    expect(report.counts.accepted).toBe(report.counts.acknowledgedEvents);
    // Nobody's call depends on a worker.
    expect(report.failureCodes).toEqual([]);
    expect(leftBehind).toBeGreaterThanOrEqual(workerKills / 2);
    expect(recovery.maxMs).toBeLessThan(recoveryMsMax);
  }, 600_000);

  it('is caught when it says that events are stored before they are committed', async () => {
    const [postgres, redis] = [await postgresOfTest(), await redisOfTest()];
    const store = databaseOfTest(postgres.url);
    const args = ['--broker', brokerOfTest(redis.url)];
    const replicas = await replicasOfTest({ count: 2, store, args: [...args, '--role', 'serve'] });
    const worker = await workerOfTest({ store, args: [...args, '--role', 'work'] });
    const env = earlyAcknowledgementOnPostgres();
    await worker.start({ env });
    const report = await cyclesOfTest('worker killed, acknowledging before the commit', {
      cycles: faultyKills,
      targets: replicas.targets,
      async strike() {
        await worker.kill();
        await worker.start({ env });
        await untilMoreIsStored(replicas.targets[0]!);
      },
      async settle() {
        await worker.kill();
        await worker.start();
        await untilSettled(replicas.targets[0]!);
      },
    });
    expect(report.violations.map(({ check }) => check)).toContain('lost');
  });
});
