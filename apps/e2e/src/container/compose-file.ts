// docker-compose.yml as Compose would read it: anchors merged, variables filled in, services chosen by profile.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const workspaceRoot = fileURLToPath(new URL('../../../..', import.meta.url));

export interface ComposeService {
  readonly profiles?: readonly string[];
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas: number };
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function readComposeFile(env: Readonly<Record<string, string>> = {}): ComposeFile {
  const text = readFileSync(join(workspaceRoot, 'docker-compose.yml'), 'utf8');
  return parse(filledIn(text, env), { merge: true }) as ComposeFile;
}

/** `${NAME:-default}`, and no other form. */
function filledIn(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, fallback: string) => env[name] || fallback);
}

/** What `docker compose up` would start: services without a profile always, others when theirs is asked for. */
export function startedServices(
  { services }: ComposeFile,
  profiles: readonly string[],
): Record<string, ComposeService> {
  const isStarted = ({ profiles: own }: ComposeService) =>
    own === undefined || own.some((one) => profiles.includes(one));
  return Object.fromEntries(Object.entries(services).filter(([, service]) => isStarted(service)));
}

/** From the file that Compose reads beside its own: COMPOSE_PROFILES counts unless the command line names a profile. */
export function defaultProfiles(): string[] {
  const text = readFileSync(join(workspaceRoot, '.env'), 'utf8');
  return /^COMPOSE_PROFILES=(.*)$/m.exec(text)?.[1]?.split(',') ?? [];
}
