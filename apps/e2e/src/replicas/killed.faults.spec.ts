import { hasService } from '@oncelog/testing';
import { describe, expect, it } from 'vitest';
import { cutting, earlyAcknowledgementOnPostgres } from '../crash/cycle-figures.ts';
import { cyclesOfTest } from '../crash/cycles-of-test.ts';
import { RecoveryTimes, recoveryMsMax } from '../crash/recovery-times.ts';
import { postgresOfTest } from '../launch/services-of-test.ts';
import { databaseOfTest, replicasOfTest } from '../launch/shared-services.ts';

const kills = 10;
/**
 * Of one of two replicas. While the other holds the log, this one may have nothing on its way: more kills than of
 * PostgreSQL, so that as many of them meet work as eight of ten would.
 */
const replicaKills = 15;
const replicaKillsAtWork = 8;
/** Of a fault that comes to light in nine of ten. */
const faultyKills = 5;

describe.skipIf(!hasService('postgres'))(
  'a PostgreSQL that is killed with kill -9 under the load of two replicas',
  () => {
    it(`loses and repeats nothing in ${kills} cycles, and is written to again at once when it is back`, async () => {
      const postgres = await postgresOfTest();
      const replicas = await replicasOfTest({ count: 2, store: databaseOfTest(postgres.url) });
      const recovery = new RecoveryTimes();
      const report = await cyclesOfTest('PostgreSQL killed', {
        cycles: kills,
        targets: replicas.targets,
        async strike(everyAddressServes) {
          await postgres.kill();
          await postgres.start();
          await recovery.measure(everyAddressServes);
        },
      });
      recovery.tell('both replicas wrote to PostgreSQL again');
      expect(report.violations).toEqual([]);
      // What a replica has not sent yet waits for PostgreSQL and succeeds.
      expect(cutting(report).length).toBeGreaterThanOrEqual(kills / 3);
      expect(report.failureCodes).toEqual(['STORE_UNAVAILABLE']);
      expect(recovery.maxMs).toBeLessThan(recoveryMsMax);
    });

    it('is caught when replicas answer before it has committed', async () => {
      const postgres = await postgresOfTest();
      const store = databaseOfTest(postgres.url);
      const replicas = await replicasOfTest({ count: 2, store, env: earlyAcknowledgementOnPostgres() });
      const report = await cyclesOfTest('PostgreSQL killed, its replicas answering before the commit', {
        cycles: faultyKills,
        targets: replicas.targets,
        async strike(everyAddressServes) {
          await postgres.kill();
          await postgres.start();
          await everyAddressServes();
        },
      });
      expect(report.violations.map(({ check }) => check)).toContain('lost');
    });
  },
);

describe.skipIf(!hasService('postgres'))('a replica that is killed with kill -9 under load, beside another', () => {
  it(`loses and repeats nothing in ${replicaKills} cycles, and takes writes at once when it is back`, async () => {
    const postgres = await postgresOfTest();
    const replicas = await replicasOfTest({ count: 2, store: databaseOfTest(postgres.url) });
    const recovery = new RecoveryTimes();
    let killed = 0;
    const report = await cyclesOfTest('a replica killed', {
      cycles: replicaKills,
      targets: replicas.targets,
      async strike(everyAddressServes) {
        const replica = killed++ % 2;
        await replicas.end(replica, 'SIGKILL');
        await replicas.start(replica);
        await recovery.measure(everyAddressServes);
      },
    });
    recovery.tell('both replicas took writes again');
    expect(report.violations).toEqual([]);
    expect(cutting(report).length).toBeGreaterThanOrEqual(replicaKillsAtWork);
    expect(report.failureCodes).toEqual(['UNREACHABLE']);
    expect(recovery.maxMs).toBeLessThan(recoveryMsMax);
  });

  it('is caught when both answer before PostgreSQL has committed', async () => {
    const postgres = await postgresOfTest();
    const store = databaseOfTest(postgres.url);
    const replicas = await replicasOfTest({ count: 2, store, env: earlyAcknowledgementOnPostgres() });
    const report = await cyclesOfTest('both replicas killed, answering before the commit', {
      cycles: faultyKills,
      targets: replicas.targets,
      async strike(everyAddressServes) {
        // Both: the one that holds the log at this moment has something to lose.
        await replicas.endAll('SIGKILL');
        await Promise.all([replicas.start(0), replicas.start(1)]);
        await everyAddressServes();
      },
    });
    expect(report.violations.map(({ check }) => check)).toContain('lost');
  });
});
