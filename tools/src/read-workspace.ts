// Gathers what the boundary check judges: Nx's graph, the manifests, and every import of every source file.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import type { Edge, Project, SourceImport, Workspace } from './boundaries.ts';
import { declaredIn, readManifest, run, workspaceFiles, workspaceRoot } from './workspace.ts';

interface NxGraph {
  readonly graph: {
    readonly nodes: Readonly<Record<string, { readonly data: { readonly root: string; readonly tags?: string[] } }>>;
    readonly dependencies: Readonly<Record<string, readonly Edge[]>>;
  };
}

export function readWorkspace(): Workspace {
  const { nodes, dependencies } = nxGraph().graph;
  const projects = Object.entries(nodes).map(([name, { data }]): Project => {
    return { name, root: data.root, tags: data.tags ?? [], declared: declaredIn(readManifest(data.root)) };
  });
  return {
    projects,
    edges: Object.values(dependencies).flat(),
    imports: readImports(projects),
    rootDeclared: declaredIn(readManifest('.')),
  };
}

/** What TypeScript's own scanner finds: static, dynamic, type-only and re-exporting imports. */
export function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function readImports(projects: readonly Project[]): SourceImport[] {
  const sources = workspaceFiles().filter((file) => /\.[cm]?[jt]sx?$/.test(file));
  return sources.flatMap((file) => {
    const project = projects.find(({ root }) => file.startsWith(`${root}/`));
    if (!project) return [];
    const text = readFileSync(join(workspaceRoot, file), 'utf8');
    return importsOf(text).map((specifier) => ({ project: project.name, file, specifier }));
  });
}

function nxGraph(): NxGraph {
  const folder = mkdtempSync(join(tmpdir(), 'oncelog-graph-'));
  try {
    const file = join(folder, 'graph.json');
    run('nx', ['graph', `--file=${file}`]);
    return JSON.parse(readFileSync(file, 'utf8')) as NxGraph;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
