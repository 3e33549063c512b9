// What no file of the project says. This list and its spec are the only files that are not searched for it.

export interface ForbiddenText {
  readonly pattern: RegExp;
  readonly complaint: string;
  /** Only files whose path this matches are searched; all when absent. */
  readonly files?: RegExp;
  /** A comment with this mark and a reason, on the line or the one before, allows it. */
  readonly allowedBy?: string;
}

/** Names that say nothing of what is inside. */
export const emptyNames: readonly string[] = [
  'utils',
  'util',
  'helpers',
  'helper',
  'manager',
  'common',
  'misc',
  'stuff',
  'temp',
  'new',
  'old',
];

const code = /\.(?:[cm]?[jt]s|proto)$/;
// An example is written as its reader would write it.
const codeButExamples = /^(?!.*\/src\/examples\/).*\.(?:[cm]?[jt]s|proto)$/;
const tests = /\.spec\.ts$|\/testing\//;

export const forbiddenTexts: readonly ForbiddenText[] = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, complaint: 'is left over: do it, or write it down where plans are kept' },
  { pattern: /\bdebugger\b;?\s*$/, complaint: 'is left over', files: code },
  {
    pattern: /\bconsole\.(?:log|debug|trace|dir)\(/,
    complaint: 'is left over: a program writes to process.stdout',
    files: codeButExamples,
  },
  { pattern: /@ts-(?:ignore|nocheck)\b/, complaint: 'hides an error from the compiler', files: code },
  { pattern: /\bas any\b(?=\s*[;,)\].]|\s*$)/, complaint: 'switches the compiler off', files: /\.ts$/ },
  {
    pattern: /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo)\b/,
    complaint: 'keeps tests from running',
    files: tests,
  },
  {
    pattern: /\b(?:setTimeout|setInterval|sleep)\s*\(|['"](?:node:)?timers\/promises['"]/,
    complaint: 'synchronises a test by the clock: wait for what should happen, or say why with "// clock: …"',
    files: tests,
    allowedBy: '// clock: ',
  },
  { pattern: /(?<![\w.~$}*-])\/(?:work|root|farm|home|Users)\//, complaint: 'is a path of one machine' },
  { pattern: /\.\.\/shared\b/, complaint: 'is outside the project' },
  {
    pattern: /\b(?:class|interface|type|function)\s+\w*(?:Utils?|Helpers?|Manager|Misc|Stuff)\b/,
    complaint: 'says nothing of what it is',
    files: /\.[cm]?[jt]s$/,
  },
];
