// The fenced blocks of a Markdown page, and what a shell session in one of them expects.

export interface Block {
  readonly language: string;
  readonly text: string;
}

export interface SessionStep {
  readonly command: string;
  /** The output, in which … stands for anything and every RFC 3339 time for any other. */
  readonly output: string;
}

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

export function commandsOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** `$ command` lines, each followed by the output it is to have. */
export function sessionOf(text: string): SessionStep[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const end = step.indexOf('\n');
      return { command: step.slice(0, end), output: step.slice(end + 1).trim() };
    });
}

export interface Program {
  readonly text: string;
  /** What it prints: the block of text behind it, empty when there is none. */
  readonly output: string;
}

/** Blocks of TypeScript, each a program by itself. */
export function programsOf(blocks: readonly Block[]): Program[] {
  return blocks.flatMap(({ language, text }, index) => {
    if (language !== 'ts') return [];
    const next = blocks[index + 1];
    return { text, output: next?.language === 'text' ? next.text.trim() : '' };
  });
}

/** An expression for the expected output. */
export function patternOf(output: string): RegExp {
  const source = output
    .split(/(…|\d{4}-\d\d-\d\dT[\d:.]+Z)/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return part === '…' ? '[^\\n]*' : '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';
    })
    .join('');
  return new RegExp(`^${source}$`);
}
