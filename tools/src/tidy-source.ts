// What is asked of each file by itself: its name, its length, its lines and its words.
import { emptyNames, forbiddenTexts, type ForbiddenText } from './tidy-words.ts';

export interface SourceFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly text: string;
}

export interface Findings {
  /** These fail. */
  readonly complaints: readonly string[];
  /** These deserve a look. */
  readonly warnings: readonly string[];
}

// About 80 lines are normal; one that passes 300 does more than one thing.
const linesWarned = 250;
const linesMax = 300;
const columnsMax = 120;

const wordList = /^tools\/src\/tidy(?:-words|\.spec)\.ts$/;
const programs = /\.(?:[cm]?[jt]s|proto|sh)$|^\.githooks\/|^\.ci\/run$/;
const withPurpose = /(?<!\.spec)\.[cm]?[jt]s$/;
const barrel = /^(?:\s*export\s+(?:\*|(?:type\s+)?\{[^}]*\})\s+from\s+'[^']+';)+\s*$/;

export function sourceFindings({ path, text }: SourceFile): Findings {
  const lines = text.split('\n');
  const lineCount = text.endsWith('\n') ? lines.length - 1 : lines.length;
  const program = programs.test(path);
  const complaints = [...nameComplaints(path), ...lineComplaints(path, lines, program)];
  if (program && lineCount > linesMax) complaints.push(`${path} has ${lineCount} lines: split it at ${linesMax}`);
  if (text !== '' && !text.endsWith('\n')) complaints.push(`${path} does not end with a line break`);
  if (text.includes('\r')) complaints.push(`${path} has carriage returns`);
  if (withPurpose.test(path) && !hasPurpose(text)) {
    complaints.push(`${path}:1 does not begin with a comment of its purpose`);
  }
  const long = program && lineCount > linesWarned && lineCount <= linesMax;
  return { complaints, warnings: long ? [`${path} has ${lineCount} lines`] : [] };
}

/** Written by hand and by this project: not generated, not taken over from elsewhere, not the package manager's. */
export function isHandWritten(path: string): boolean {
  return !/^(?:libs\/protocol\/src\/gen\/|proto\/(?:google|grpc)\/|package-lock\.json$|LICENSE$)|\.binpb$/.test(path);
}

function nameComplaints(path: string): string[] {
  const words = path.split(/[/.\-_]/);
  return emptyNames
    .filter((name) => words.includes(name))
    .map((name) => `${path}: "${name}" says nothing of what it is`);
}

function lineComplaints(path: string, lines: readonly string[], program: boolean): string[] {
  const searched = wordList.test(path) ? [] : forbiddenTexts.filter(({ files }) => files?.test(path) ?? true);
  return lines.flatMap((line, index) => {
    const place = `${path}:${index + 1}`;
    const complaints = searched.flatMap((text) => forbiddenComplaints(text, place, line, lines[index - 1]));
    if (/[ \t]$/.test(line)) complaints.push(`${place} ends in white space`);
    const columns = [...line].length;
    if (program && columns > columnsMax) complaints.push(`${place} has ${columns} columns: ${columnsMax} at most`);
    return complaints;
  });
}

function forbiddenComplaints(text: ForbiddenText, place: string, line: string, before: string | undefined): string[] {
  const found = text.pattern.exec(line);
  if (!found || isAllowed(text, line) || isAllowed(text, before)) return [];
  return [`${place} ${found[0].trim()} ${text.complaint}`];
}

function isAllowed({ allowedBy }: ForbiddenText, line: string | undefined): boolean {
  if (allowedBy === undefined || line === undefined) return false;
  const start = line.indexOf(allowedBy);
  return start >= 0 && line.slice(start + allowedBy.length).trim() !== '';
}

/** A barrel's name says what it is for. */
function hasPurpose(text: string): boolean {
  const [first = '', second = ''] = text.split('\n', 2);
  return /^\/\/ \S/.test(first.startsWith('#!') ? second : first) || barrel.test(text);
}
