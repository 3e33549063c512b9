// deploy/kubernetes against the schemas of Kubernetes, and against what docs/deploying.md promises of it.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import { describe, expect, it } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { aggregatorMain, runNode } from '../launch/run-program.ts';
import { workspaceRoot } from './compose-file.ts';
import { complaintsAbout, manifestsFolder, readKustomization, readManifests, violationsIn } from './manifests.ts';

/** How long an aggregator waits for its stores before it gives up. */
const storeWaitS = 60;
const drainS = 10;

const manifests = readManifests();
const deployments = ofKind<IDeployment>('Deployment');
const [aggregator, worker] = ['aggregator', 'worker'].map((name) => named(deployments, name));

describe('deploy/kubernetes', () => {
  it('has no field that Kubernetes does not know, and no value of a wrong type', async () => {
    expect(await complaintsAbout(manifests)).toBe('');
    for (const manifest of manifests) expect(await violationsIn(manifest), manifest.metadata.name).toBe('');
  });

  it.for([
    ['a misspelt field of a container', 'Deployment', '"readinessProbe"', '"readynessProbe"'],
    ['a misspelt field of a budget', 'PodDisruptionBudget', '"maxUnavailable"', '"maxUnavailible"'],
    ['a misspelt field of a policy', 'NetworkPolicy', '"podSelector"', '"podSelecter"'],
    ['a number as text', 'Deployment', '"replicas":2', '"replicas":"2"'],
  ] as const)('would be refused with %s', async ([, kind, right, wrong]) => {
    const text = JSON.stringify(ofKind(kind)[0]);
    expect(text).toContain(right);
    expect(await complaintsAbout([JSON.parse(text.replace(right, wrong)) as object])).toMatch(/error TS2\d+/);
  });

  it('would be refused with half a replica', async () => {
    const half = { ...aggregator, spec: { ...aggregator!.spec, replicas: 1.5 } };
    expect(await violationsIn(half as never)).toContain('replicas');
  });

  it('has every file in its kustomization but the example of a Secret', () => {
    const files = readdirSync(manifestsFolder).filter((name) => !/^kustomization|\.example\./.test(name));
    expect([...readKustomization().resources].sort()).toEqual(files.sort());
  });

  it('puts everything into a namespace that enforces the restricted pod security standard', () => {
    const [namespace] = ofKind<{ metadata: { name: string; labels: object } }>('Namespace');
    expect(namespace!.metadata.name).toBe(readKustomization().namespace);
    expect(namespace!.metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });
});

describe.each(deployments.map((deployment) => [deployment.metadata!.name!, deployment] as const))(
  'the Deployment %s',
  (_, { spec }) => {
    const pod = spec!.template.spec!;
    const [container] = pod.containers;

    it('has replicas, spread over nodes', () => {
      expect(spec!.replicas).toBeGreaterThanOrEqual(2);
      const [spread] = pod.topologySpreadConstraints!;
      expect(spread).toMatchObject({ topologyKey: 'kubernetes.io/hostname', labelSelector: spec!.selector });
    });

    it('runs as nobody special, on a file system that it cannot write to', () => {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      // A name, as in the image, would not convince the kubelet.
      expect(pod.securityContext!.runAsUser).toBeGreaterThan(0);
      expect(container!.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
      expect(pod.containers).toHaveLength(1);
    });

    it('is asked for its health at routes that there are, on a port that it has', async () => {
      const { startupProbe, readinessProbe, livenessProbe } = container!;
      const probes = [startupProbe!, readinessProbe!, livenessProbe!];
      expect(probes.map(({ httpGet }) => httpGet!.path)).toEqual(['/readyz', '/readyz', '/livez']);
      const [port] = container!.ports!;
      for (const { httpGet } of probes) expect(httpGet!.port).toBe(port!.name);
      expect(port!.containerPort).toBe(8080);
      const running = await launchAggregator();
      for (const { httpGet } of probes) expect((await fetch(running.url + httpGet!.path)).status).toBe(200);
      await running.end('SIGTERM');
    });

    it('is given the time to wait for its stores, and to drain', () => {
      const { startupProbe, lifecycle } = container!;
      expect(startupProbe!.failureThreshold! * startupProbe!.periodSeconds!).toBeGreaterThan(storeWaitS);
      const sleepS = Number(lifecycle?.preStop?.exec?.command?.at(-1) ?? 0);
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(sleepS + drainS + 5);
    });

    it('is started by a command and with settings that there are', async () => {
      const [program, main, ...flags] = container!.args!;
      expect(program).toBe('node');
      expect(existsSync(join(workspaceRoot, main!))).toBe(true);
      const { stdout: help } = await runNode(aggregatorMain, ['--help']);
      for (const flag of flags.filter((word) => word.startsWith('--'))) expect(help).toContain(`  ${flag}\n`);
      const [secret] = ofKind<ISecret>('Secret');
      for (const { name, valueFrom } of container!.env!) {
        expect(help).toContain(`${name},`);
        expect(valueFrom!.secretKeyRef!.name).toBe(secret!.metadata!.name);
        expect(secret!.stringData).toHaveProperty(valueFrom!.secretKeyRef!.key);
      }
    });

    it('asks for memory and is held to a limit', () => {
      expect(container!.resources).toMatchObject({ requests: { memory: /Mi$/ }, limits: { memory: /Gi$/ } });
    });
  },
);

describe('what selects pods', () => {
  it('selects those of one Deployment each', () => {
    for (const { spec } of deployments) expect(spec!.template.metadata!.labels).toEqual(spec!.selector.matchLabels);
    const [ofAggregator, ofWorker] = [aggregator, worker].map((deployment) => deployment!.spec!.selector.matchLabels);
    expect(ofAggregator).not.toEqual(ofWorker);

    const budgets = ofKind<IPodDisruptionBudget>('PodDisruptionBudget');
    const policies = ofKind<INetworkPolicy>('NetworkPolicy');
    expect(named(budgets, 'aggregator')!.spec!.selector!.matchLabels).toEqual(ofAggregator);
    expect(named(budgets, 'worker')!.spec!.selector!.matchLabels).toEqual(ofWorker);
    expect(policies.map(({ spec }) => spec!.podSelector!.matchLabels)).toEqual([ofAggregator, ofWorker]);
    for (const { spec } of ofKind<IService>('Service')) expect(spec!.selector).toEqual(ofAggregator);
  });

  it('lets a node be emptied: one pod at a time', () => {
    const budgets = ofKind<IPodDisruptionBudget>('PodDisruptionBudget');
    expect(budgets.map(({ spec }) => spec!.maxUnavailable)).toEqual([1, 1]);
  });

  it('offers one address for all replicas, and one that names each', () => {
    const services = ofKind<IService>('Service');
    expect(services.map(({ spec }) => spec!.clusterIP)).toEqual([undefined, 'None']);
    for (const { spec } of services) expect(spec!.ports).toMatchObject([{ port: 8080, targetPort: 'oncelog' }]);
  });
});

function ofKind<T = object>(kind: string): T[] {
  return manifests.filter((manifest) => manifest.kind === kind) as T[];
}

function named<T extends { metadata?: { name?: string } }>(all: readonly T[], name: string): T | undefined {
  return all.find(({ metadata }) => metadata?.name === name);
}
