// Text of others, made fit for a terminal. By itself, so that a command can have it without loading the client.

const steering = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** What was published by others must not steer the terminal. On one line; JSON on one line stays the same JSON. */
export function printable(text: string): string {
  return text.replace(steering, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
