// oncelog completion: the script that makes a shell complete commands and flags.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';

/** What the scripts below call, with the words typed so far. */
export const completionRequest = '__complete';

const scripts = {
  bash: `_oncelog() {
  local IFS=$'\\n'
  COMPREPLY=($(oncelog ${completionRequest} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _oncelog oncelog
`,
  zsh: `#compdef oncelog
_oncelog() {
  local -a found
  found=("\${(@f)$(oncelog ${completionRequest} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- "\${found[@]}" || _files
}
compdef _oncelog oncelog
`,
  fish: `complete -c oncelog -a '(oncelog ${completionRequest} (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const;

type Shell = keyof typeof scripts;

const shells = Object.keys(scripts) as Shell[];

export const completionCommand = buildCommand<Record<never, never>, [Shell], CliContext>({
  docs: {
    brief: 'Print a completion script for bash, zsh or fish',
    fullDescription: `Load it from the shell's start file:
  bash  source <(oncelog completion bash)
  zsh   source <(oncelog completion zsh)
  fish  oncelog completion fish | source`,
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
