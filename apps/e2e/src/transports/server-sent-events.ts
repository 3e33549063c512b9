// Server-Sent Events as the HTML standard reads them, as far as the log sends them.

export interface ServerSentEvent {
  /** "message" unless it is named. */
  readonly name: string;
  /** Undefined for a block that only moves the last id. */
  readonly data: string | undefined;
  /** The last id so far. */
  readonly id: string;
}

/** One for each block, comments left out. */
export async function* readServerSentEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let text = '';
  let id = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const data = valuesOf(lines, 'data');
      id = valuesOf(lines, 'id').at(-1) ?? id;
      const name = valuesOf(lines, 'event').at(-1) ?? 'message';
      yield { name, data: data.length === 0 ? undefined : data.join('\n'), id };
    }
  }
}

function valuesOf(lines: readonly string[], field: string): string[] {
  return lines.filter((line) => line.startsWith(`${field}:`)).map((line) => line.slice(field.length + 1).trimStart());
}
