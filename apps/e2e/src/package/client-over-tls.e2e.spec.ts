import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { hasTool } from '../launch/required-tool.ts';
import { type InstalledClient, installClient, succeed } from './installed-client.ts';

/** A machine may set it; grpc-js then looks at no other certificates. */
const withoutRootsOfGrpc = { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: '' };

const missing = spawnSync('openssl', ['version']).error ? 'openssl is not installed' : undefined;

describe.runIf(hasTool('openssl', missing))('behind a proxy that speaks TLS', () => {
  let aggregator: AggregatorProcess;
  let installed: InstalledClient;
  let proxy: Server;
  let target: string;
  let certificate: string;

  beforeAll(async () => {
    [aggregator, installed] = await Promise.all([launchAggregator(), installClient()]);
    certificate = join(installed.folder, 'certificate.pem');
    const key = join(installed.folder, 'key.pem');
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    await succeed('openssl', ['req', '-x509', ...kind, ...names, '-days', '1', '-keyout', key, '-out', certificate]);
    proxy = createServer(
      { cert: readFileSync(certificate), key: readFileSync(key), ALPNProtocols: ['h2', 'http/1.1'] },
      (socket) => {
        const plain = connect(aggregator.port, '127.0.0.1');
        socket.on('error', () => plain.destroy()).pipe(plain);
        plain.on('error', () => socket.destroy()).pipe(socket);
      },
    );
    await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
    target = `https://localhost:${(proxy.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    proxy.close();
    installed[Symbol.dispose]();
    await aggregator.end('SIGTERM');
  });

  describe.each(['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'])('%s', (transport) => {
    const publish = () => {
      installed.write(
        'tls.js',
        `import { createOncelogClient, newEvent } from '@oncelog/client';
        const settings = { target: '${target}', transport: '${transport}', retry: { attemptsMax: 1 } };
        const client = await createOncelogClient(settings);
        try {
          const { summary } = await client.publish([newEvent({ topic: '${transport}' })]);
          const { topicCount } = await client.getStats();
          process.stdout.write(summary.stored + ' stored, ' + topicCount + ' topics');
        } catch ({ code, message }) {
          process.stdout.write(code + ': ' + message);
        }
        client.close();`,
      );
    };

    it('publishes and reads', async () => {
      publish();
      const trusting = { NODE_EXTRA_CA_CERTS: certificate, ...withoutRootsOfGrpc };
      const { stdout, stderr } = await installed.node('tls.js', trusting);
      expect([stdout, stderr]).toEqual([expect.stringMatching(/^1 stored, [1-6] topics$/), '']);
    });

    it('trusts no certificate that nobody vouches for', async () => {
      publish();
      expect((await installed.node('tls.js', withoutRootsOfGrpc)).stdout).toMatch(/^UNREACHABLE: .*self.signed/i);
    });
  });
});
