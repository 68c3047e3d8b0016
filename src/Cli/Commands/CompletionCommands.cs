using System.CommandLine;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm completion</c>: scripts that make shells complete abm's words.</summary>
internal static class CompletionCommands
{
    // Each asks abm itself, so that a script stays right when abm gets new commands. The words are taken as they are:
    // nothing of them is expanded by the shell.
    private const string Bash = """
        _abm_complete() {
          local word=${COMP_WORDS[COMP_CWORD]} each
          COMPREPLY=()
          while IFS= read -r each; do
            [[ $each == "$word"* ]] && COMPREPLY+=("$each")
          done < <("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _abm_complete abm
        """;

    private const string Zsh = """
        #compdef abm
        _abm() {
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          if [[ -n "$found" ]]; then compadd -a found; else _files; fi
        }
        compdef _abm abm
        """;

    private const string Fish = """
        function __abm_complete
          set -l line (commandline -cp)
          abm "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c abm -a '(__abm_complete)'
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName abm -ScriptBlock {
          param($wordToComplete, $commandAst, $cursorPosition)
          abm "[suggest:$cursorPosition]" "$commandAst" 2>$null |
            Where-Object { $_ -like "$wordToComplete*" } |
            ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        return kit.Does(
            "completion",
            "print the script that makes a shell complete abm's words",
            [shell],
            session =>
            {
                session.Host.Terminal.Out.WriteLine((session.Get(shell) switch
                {
                    "bash" => Bash,
                    "zsh" => Zsh,
                    "fish" => Fish,
                    _ => PowerShell,
                }).ReplaceLineEndings("\n"));
                session.Host.Terminal.Out.Flush();
                return Task.FromResult(ExitCodes.Done);
            },
            """source <(abm completion bash)        # in ~/.bashrc""",
            """source <(abm completion zsh)         # in ~/.zshrc, after compinit""",
            """abm completion fish > ~/.config/fish/completions/abm.fish""",
            """abm completion pwsh | Out-String | Invoke-Expression   # in $PROFILE""");
    }
}
