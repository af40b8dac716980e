import { Argument, type Command } from "commander";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** `sg-mine completion SHELL` */
export function completionCommand(program: Command): void {
  program
    .command("completion")
    .summary("print shell completion")
    .description(
      "Prints a script that completes commands, options and their choices; files complete as they always do.",
    )
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .addHelpText(
      "after",
      `
Examples:
  sg-mine completion bash > ~/.local/share/bash-completion/completions/sg-mine
  sg-mine completion zsh > "\${fpath[1]}/_sg-mine"
  sg-mine completion fish > ~/.config/fish/completions/sg-mine.fish`,
    )
    .action(async (shell: Shell) => {
      const { writeOutput } = await import("./output.js");
      const write = { bash, zsh, fish };
      await writeOutput(write[shell](describe(program)));
    });
}

/** What completion knows of a command. */
interface Described {
  name: string;
  summary: string;
  options: { long: string; short?: string; text: string; takesValue: boolean; choices: string[] }[];
  /** values of its first argument, where these are fixed */
  choices: string[];
}

function describe(program: Command): Described[] {
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [
      ...command.options.map((option) => ({
        long: option.long!,
        ...(option.short && { short: option.short }),
        text: option.description,
        takesValue: !option.isBoolean(),
        choices: [...(option.argChoices ?? [])],
      })),
      { long: "--help", short: "-h", text: "display help", takesValue: false, choices: [] },
    ],
    choices: [...(command.registeredArguments[0]?.argChoices ?? [])],
  }));
}

const names = ({ options }: Described) => options.flatMap(({ long, short }) => (short ? [long, short] : [long]));

function bash(commands: readonly Described[]): string {
  const cases = commands.map((command) => {
    const values = command.options
      .filter(({ takesValue }) => takesValue)
      .map(({ long, short, choices }) => {
        const pattern = short ? `${long}|${short}` : long;
        const reply =
          choices.length > 0
            ? `mapfile -t COMPREPLY < <(compgen -W "${choices.join(" ")}" -- "$cur")`
            : `mapfile -t COMPREPLY < <(compgen -f -- "$cur")`;
        return `        ${pattern}) ${reply}; return ;;`;
      });
    return [
      `    ${command.name})`,
      `      case "$prev" in`,
      ...values,
      "      esac",
      `      words="${names(command).join(" ")}"`,
      `      values="${command.choices.join(" ")}"`,
      "      ;;",
    ].join("\n");
  });
  return `# bash completion for sg-mine
_sg_mine() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command=mine words="" values="" commands="${commands.map(({ name }) => name).join(" ")} help"
  COMPREPLY=()
  if [[ " $commands " == *" \${COMP_WORDS[1]} "* && $COMP_CWORD -gt 1 ]]; then command="\${COMP_WORDS[1]}"; fi
  if [[ $command == help ]]; then mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur"); return; fi
  case "$command" in
${cases.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    [[ $COMP_CWORD -eq 1 ]] && words="$words --version"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return
  fi
  [[ $COMP_CWORD -eq 1 ]] && values="$commands"
  if [[ -n $values ]]; then mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur"); fi
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _sg_mine sg-mine
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(commands: readonly Described[]): string {
  // _arguments reads brackets and colons in descriptions
  const plain = (text: string) => text.replace(/[[\]]/g, "").replaceAll(":", " –");
  const cases = commands.map((command) => {
    const specs = command.options.map(({ long, short, text, takesValue, choices }) => {
      const value = takesValue ? `:value:${choices.length > 0 ? `(${choices.join(" ")})` : "_files"}` : "";
      const spec = quoted(`[${plain(text)}]${value}`);
      return short ? `      '(${long} ${short})'{${long},${short}}${spec}` : `      ${long}${spec}`;
    });
    const rest = command.choices.length > 0 ? `'1:value:(${command.choices.join(" ")})'` : "'*:file:_files'";
    return [`    ${command.name}) _arguments -s \\`, ...specs.map((spec) => `${spec} \\`), `      ${rest} ;;`].join(
      "\n",
    );
  });
  return `#compdef sg-mine
_sg_mine() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${plain(summary)}`)}`).join("\n")}
  )
  local command=mine
  if (( CURRENT > 2 )) && [[ -n \${commands[(r)\${words[2]}:*]} ]]; then
    command=\${words[2]}
    shift words
    (( CURRENT-- ))
  elif (( CURRENT == 2 )); then
    _describe command commands
  fi
  case $command in
${cases.join("\n")}
  esac
}
_sg_mine "$@"
`;
}

function fish(commands: readonly Described[]): string {
  const text = (value: string) => quoted(value).replaceAll("'\\''", "\\'");
  const all = commands.map(({ name }) => name).join(" ");
  const lines = [
    "# fish completion for sg-mine",
    ...commands.map(
      ({ name, summary }) => `complete -c sg-mine -n __fish_use_subcommand -a ${name} -d ${text(summary)}`,
    ),
  ];
  for (const { name, options, choices } of commands) {
    const seen = `__fish_seen_subcommand_from ${name}`;
    // no command at all is mine
    const when = name === "mine" ? `not __fish_seen_subcommand_from ${all}; or ${seen}` : seen;
    for (const { long, short, text: description, takesValue, choices } of options) {
      const value = takesValue ? (choices.length > 0 ? ` -x -a ${text(choices.join(" "))}` : " -r -F") : "";
      lines.push(
        `complete -c sg-mine -n ${text(when)} -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ""}${value} -d ${text(description)}`,
      );
    }
    if (choices.length > 0) lines.push(`complete -c sg-mine -n ${text(when)} -f -a ${text(choices.join(" "))}`);
  }
  return `${lines.join("\n")}\n`;
}
