// The rules of single settings: text in, value out, or a sentence that says what the text must be.

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) throw new Error(`must be a whole number from ${min} to ${max}`);
    return value;
  };
}

export function oneOf<T extends string>(...choices: readonly T[]): (text: string) => T {
  return (text) => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return chosen;
  };
}

export function origins(text: string): string[] {
  const listed = text.split(',').map((origin) => origin.trim());
  const given = listed.filter((origin) => origin !== '');
  const isOrigin = (origin: string) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin);
  if (!given.every(isOrigin)) throw new Error('must be * or origins such as https://app.example.com');
  return given;
}

export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new Error('must not be empty');
  return text;
}

export type PostgresUrl = `postgresql://${string}`;

/** Both names of the scheme are PostgreSQL's own. */
export function storeChoice(text: string): 'sqlite' | 'memory' | PostgresUrl {
  if (text === 'sqlite' || text === 'memory') return text;
  const must = 'must be sqlite, memory or a URL such as postgresql://user:password@host:5432/database?schema=oncelog';
  return `postgresql://${afterScheme(text, /^postgres(?:ql)?:\/\//, must)}`;
}

/** Undefined for none. */
export function brokerUrl(text: string): string | undefined {
  if (text === '') return undefined;
  afterScheme(text, /^rediss?:\/\//, 'must be a URL such as redis://user:password@host:6379, or rediss:// for TLS');
  return text;
}

function afterScheme(text: string, scheme: RegExp, must: string): string {
  const rest = text.replace(scheme, '');
  if (rest === text) throw new Error(must);
  // The port and the database may be left out, the host not: it would be this machine, in a container too.
  if (URL.parse(text)?.hostname) return rest;
  throw new Error(`${must}, with / ? # @ : % in a password written as %2F %3F %23 %40 %3A %25`);
}

/** Names with commas between; none of them is checked here. */
export function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '');
}

/** What of a value may be shown: of a URL, whose password may be anywhere where it is misspelt, only its scheme. */
export function withoutSecrets(text: string): string {
  return text.replace(/([\w+.-]*):.*/s, '$1:…');
}
