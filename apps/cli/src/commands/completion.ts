// oncelog completion: the script that makes a shell complete commands and flags.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';

/** What the scripts below call, with the words typed so far. */
export const completionRequest = '__complete';

/** The scripts ask the command itself, by its name. */
const notFound = 'the completion of oncelog needs oncelog on the PATH: npm link -w apps/cli, or an alias set before';

const scripts = {
  bash: `type oncelog >/dev/null 2>&1 || echo '${notFound}' >&2
_oncelog() {
  local IFS=$'\\n'
  COMPREPLY=($(oncelog ${completionRequest} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _oncelog oncelog
`,
  zsh: `#compdef oncelog
(( $+commands[oncelog] || $+aliases[oncelog] || $+functions[oncelog] )) || print -u2 '${notFound}'
_oncelog() {
  local -a found
  found=(\${(f)"$(oncelog ${completionRequest} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -- "\${found[@]}"; else _files; fi
}
if [[ "$funcstack[1]" = _oncelog ]]; then
  _oncelog "$@"
elif (( $+functions[compdef] )); then
  compdef _oncelog oncelog
else
  print -u2 'the completion of oncelog needs compinit, before it: autoload -Uz compinit && compinit'
fi
`,
  fish: `type -q oncelog; or echo '${notFound}' >&2
complete -c oncelog -f -a '(oncelog ${completionRequest} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
complete -c oncelog -s f -l file -r -F
`,
} as const;

type Shell = keyof typeof scripts;

const shells = Object.keys(scripts) as Shell[];

export const completionCommand = buildCommand<Record<never, never>, [Shell], CliContext>({
  docs: {
    brief: 'Print a completion script for bash, zsh or fish',
    fullDescription: `Load it from the shell's start file:
  bash  source <(oncelog completion bash)
  zsh   autoload -Uz compinit && compinit; source <(oncelog completion zsh)
  fish  oncelog completion fish | source
It completes the word oncelog, which must be on the PATH or an alias that is set before:
  npm link -w apps/cli   or   alias oncelog='node /path/to/apps/cli/bin/oncelog.mjs'`,
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        { placeholder: 'shell', brief: shells.join(', '), parse: shellOf, proposeCompletions: () => shells },
      ],
    },
  },
  func: async function (_flags, shell) {
    await write(this.process.stdout, scripts[shell]);
  },
});

function shellOf(text: string): Shell {
  const shell = shells.find((candidate) => candidate === text);
  if (shell === undefined) throw new Error(`must be ${shells.join(', ')}`);
  return shell;
}
