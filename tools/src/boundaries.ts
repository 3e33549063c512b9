// Judges projects, edges of the project graph and imports by the rules of the layers.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { testTools, type BoundaryRules, type LayerRule } from './boundary-rules.ts';

export interface Project {
  readonly name: string;
  /** Relative to the workspace: `libs/core`. */
  readonly root: string;
  readonly tags: readonly string[];
  /** Names in its package.json: dependencies, devDependencies, optionalDependencies. */
  readonly declared: readonly string[];
}

export interface Edge {
  readonly source: string;
  readonly target: string;
  readonly type: string;
}

export interface SourceImport {
  readonly project: string;
  /** Relative to the workspace. */
  readonly file: string;
  readonly specifier: string;
}

export interface Workspace {
  readonly projects: readonly Project[];
  readonly edges: readonly Edge[];
  readonly imports: readonly SourceImport[];
  /** devDependencies of the root: there for tests and tools. */
  readonly rootDeclared: readonly string[];
}

interface Place {
  readonly project: Project;
  readonly layer: string;
  readonly rule: LayerRule;
}

const layerTag = 'layer:';

/** One sentence for each broken rule, each once; empty when all is well. */
export function boundaryViolations(workspace: Workspace, rules: BoundaryRules): string[] {
  const violations: string[] = [];
  const places = new Map<string, Place>();
  for (const project of workspace.projects) {
    const place = placeOf(project, rules);
    if (typeof place === 'string') violations.push(place);
    else places.set(project.name, place);
  }
  violations.push(...staleRules([...places.values()], rules));
  for (const place of places.values()) violations.push(...declarationViolations(place, places));
  for (const edge of workspace.edges) violations.push(...edgeViolations(edge, places));
  for (const found of workspace.imports) violations.push(...importViolations(found, places, workspace.rootDeclared));
  return [...new Set(violations)];
}

/** The package behind a specifier: `@grpc/grpc-js/build/x` is of `@grpc/grpc-js`. */
export function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function placeOf(project: Project, rules: BoundaryRules): Place | string {
  const layers = project.tags.filter((tag) => tag.startsWith(layerTag)).map((tag) => tag.slice(layerTag.length));
  const [layer] = layers;
  if (layer === undefined) return `${project.name} has no layer: tag it "${layerTag}<name>" in its package.json`;
  if (layers.length > 1) return `${project.name} has ${layers.length} layers: ${layers.join(', ')}`;
  const rule = Object.hasOwn(rules, layer) ? rules[layer] : undefined;
  return rule ? { project, layer, rule } : `${project.name} is of the layer ${layer}, which has no rule`;
}

function staleRules(places: readonly Place[], rules: BoundaryRules): string[] {
  const layers = new Set(places.map(({ layer }) => layer));
  return Object.entries(rules).flatMap(([layer, { imports, launches = [], tests = [] }]) => [
    ...(layers.has(layer) ? [] : [`the rule for ${layer} is stale: no project is of that layer`]),
    ...[...imports, ...launches, ...tests]
      .filter((target) => !Object.hasOwn(rules, target))
      .map((target) => `the rule for ${layer} names ${target}, which has no rule`),
  ]);
}

function declarationViolations({ project, layer, rule }: Place, places: ReadonlyMap<string, Place>): string[] {
  return project.declared
    .filter((name) => !places.has(name) && !allowsPackage(rule, name))
    .map((name) => `${project.name} declares ${name}, which the layer ${layer} may not use`);
}

function edgeViolations({ source, target, type }: Edge, places: ReadonlyMap<string, Place>): string[] {
  const from = places.get(source);
  const to = places.get(target);
  if (!from || !to) return [];
  const launched = type === 'implicit' && from.rule.launches?.includes(to.layer);
  if (launched || [...from.rule.imports, ...(from.rule.tests ?? [])].includes(to.layer)) return [];
  return [`${source} must not depend on ${target} (${type})`];
}

function importViolations(
  found: SourceImport,
  places: ReadonlyMap<string, Place>,
  rootDeclared: readonly string[],
): string[] {
  const { file, specifier } = found;
  const from = places.get(found.project);
  if (!from) return [];
  const { project, layer, rule } = from;
  const test = rule.development === true || isTest(file, project.root);
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier);
    // A package's configuration of vitest takes the shared one at the root; nothing else may leave its package.
    if (target.startsWith(`${project.root}/`) || isConfigOfRoot(file, target, project.root)) return [];
    return [`${file} imports ${specifier}, which leaves its package`];
  }
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return [`${file} imports ${specifier}: write node:${specifier}`];
    if (test || !rule.node || rule.node.includes(specifier)) return [];
    return [`${file} imports ${specifier}, which the layer ${layer} may not use`];
  }
  const name = packageOf(specifier);
  const to = places.get(name);
  const asTestTool = test && testTools.includes(name) && rootDeclared.includes(name);
  const ofRoot = rule.development === true && rootDeclared.includes(name);
  const violations: string[] = [];
  if (!project.declared.includes(name) && !asTestTool && !ofRoot && name !== project.name) {
    violations.push(`${file} imports ${name}, which ${project.name} does not declare`);
  }
  const allowed = to ? to === from || allowsLayer(rule, to.layer, test) : allowsPackage(rule, name);
  if (!allowed && !asTestTool) violations.push(`${file} imports ${name}, which the layer ${layer} may not use`);
  return violations;
}

/** Specs, what a package offers for testing, and the configuration of its test runner. */
function isTest(file: string, root: string): boolean {
  return file.endsWith('.spec.ts') || file.includes('/testing/') || testRunners(root).includes(file);
}

function isConfigOfRoot(file: string, target: string, root: string): boolean {
  return testRunners(root).includes(file) && target === 'vitest.config.ts';
}

function testRunners(root: string): string[] {
  return [`${root}/vitest.config.ts`, `${root}/vitest.faults.config.ts`];
}

function allowsLayer({ imports, tests = [] }: LayerRule, layer: string, test: boolean): boolean {
  return imports.includes(layer) || (test && tests.includes(layer));
}

/** The types of an allowed package are allowed with it. */
function allowsPackage({ npm }: LayerRule, declared: string): boolean {
  const name = declared.replace(/^@types\//, '');
  return npm.some((allowed) => (allowed.endsWith('/*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed));
}
