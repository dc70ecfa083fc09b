using System.CommandLine;

namespace MeshPort.Host.Commands;

/// <summary>
/// <c>meshport completion</c>: scripts that make shells complete. They ask this executable, by the directive [suggest] of
/// System.CommandLine, so they need no update when commands change.
/// </summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = """
            _meshport() {
              local IFS=$'\n'
              COMPREPLY=($(compgen -W "$(meshport "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _meshport meshport
            """,
        ["zsh"] = """
            #compdef meshport
            _meshport() {
              local -a found
              found=(${(f)"$(meshport "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"})
              (( $#found )) && compadd -a found || _files
            }
            compdef _meshport meshport
            """,
        ["fish"] = """
            function __meshport
              set -l line (commandline -cp)
              set -l found (meshport "[suggest:"(string length -- $line)"]" $line 2>/dev/null | string match -v '')
              if test (count $found) -gt 0
                printf '%s\n' $found
              else
                __fish_complete_path (commandline -ct)
              end
            end
            complete -c meshport -f -a '(__meshport)'
            """,
        ["powershell"] = """
            Register-ArgumentCompleter -Native -CommandName meshport -ScriptBlock {
              param($wordToComplete, $commandAst, $cursorPosition)
              $position = $cursorPosition - $commandAst.Extent.StartOffset
              meshport "[suggest:$position]" "$commandAst" 2>$null | Where-Object { $_ -and $_ -like "$wordToComplete*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = $"The shell: {string.Join(", ", Scripts.Keys)}." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        return new ClientCommand(
            "completion",
            "Prints the script that makes a shell complete commands, options and values.",
            "source <(meshport completion bash)",
            "meshport completion fish > ~/.config/fish/completions/meshport.fish",
            "meshport completion powershell | Out-String | Invoke-Expression"
        )
        {
            shell,
        }.Runs(
            (session, arguments, _) =>
            {
                session.Screen.Out.WriteLine(Scripts[arguments.GetRequiredValue(shell)]);
                return Task.FromResult(ExitCodes.Success);
            }
        );
    }
}
