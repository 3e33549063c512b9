// What is asked of each package.json: private, ES modules, exact versions, and tests that really run.

interface Fields {
  readonly private?: unknown;
  readonly type?: unknown;
  readonly workspaces?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

// Ranges resolve differently from one npm to the next, and some newest releases do not install.
const exactVersion = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

export function manifestComplaints(path: string, text: string): string[] {
  const fields = JSON.parse(text) as Fields;
  const complaints: string[] = [];
  if (fields.private !== true) complaints.push(`${path} is not private`);
  if (fields.type !== 'module') complaints.push(`${path} is not of type module`);
  const { dependencies, devDependencies, optionalDependencies } = fields;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
    if (!exactVersion.test(version)) complaints.push(`${path} asks for ${name} ${version}: pin one version`);
  }
  const test = fields.scripts?.['test'];
  if (test === undefined) complaints.push(`${path} has no test script`);
  else if (test.includes('passWithNoTests')) complaints.push(`${path} passes without a single test`);
  return complaints;
}
