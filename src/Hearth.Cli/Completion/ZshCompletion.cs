namespace Hearth.Cli.Completion;

/// <summary>A script for zsh: a function for each command, which gives zsh's own <c>_arguments</c> its flags and arguments.</summary>
internal static class ZshCompletion
{
    public static void Write(CompletedCommand root, TextWriter output)
    {
        output.WriteLine("""
            #compdef hearth
            # Completion of hearth for zsh, made by 'hearth completion zsh'. In this shell:
            #     source <(hearth completion zsh)
            # In every shell, with a directory of $fpath:
            #     hearth completion zsh > /usr/local/share/zsh/site-functions/_hearth

            # Names of containers; ids where no name begins so.
            _hearth_containers() {
                local field
                local -a found
                for field in Names ID; do
                    found=(${(f)"$(_call_program containers hearth ps -a --format "'{{.$field}}'" 2>/dev/null)"})
                    compadd "$@" -a found && return 0
                done
                return 1
            }

            # Names of volumes.
            _hearth_volumes() {
                local -a found
                found=(${(f)"$(_call_program volumes hearth volume ls -q 2>/dev/null)"})
                compadd "$@" -a found
            }

            # Names of kernels.
            _hearth_kernels() {
                local -a found
                found=(${(f)"$(_call_program kernels hearth kernel list -q 2>/dev/null)"})
                compadd "$@" -a found
            }
            """);
        foreach (CompletedCommand command in root.All.Reverse())
        {
            output.WriteLine();
            output.WriteLine($"{command.FunctionName}() {{");
            WriteBody(command, output);
            output.WriteLine("}");
        }

        output.WriteLine("""

            if [[ $funcstack[1] == _hearth ]]; then
                _hearth "$@"
            else
                compdef _hearth hearth
            fi
            """);
    }

    private static void WriteBody(CompletedCommand command, TextWriter output)
    {
        bool isGroup = command.Commands.Count > 0;
        List<string> specifications = [.. command.Flags.Select(Specify), .. command.Arguments.Select(Specify)];
        if (isGroup)
        {
            output.WriteLine("    local curcontext=$curcontext state\n    local -a line");
            specifications.AddRange(["'1:command:->command'", "'*::argument:->argument'"]);
        }

        // -S: nothing behind "--" is a flag; -A: nor behind the first argument.
        string options = $"{(isGroup ? "-C " : "")}-s -S{(command.FlagsEndAtFirstArgument ? " -A '-*'" : "")}";
        output.WriteLine($"    _arguments {options} \\\n        {string.Join(" \\\n        ", specifications)}");
        if (isGroup)
        {
            WriteChoice(command, output);
        }
    }

    private static void WriteChoice(CompletedCommand command, TextWriter output)
    {
        output.WriteLine("""
                case $state in
                command)
                    local -a commands=(
            """);
        foreach (CompletedCommand sub in command.Commands)
        {
            output.WriteLine($"            {Quote($"{sub.Name}:{sub.Help}")}");
        }

        output.WriteLine("""
                    )
                    _describe command commands
                    ;;
                argument)
                    case $line[1] in
            """);
        foreach (CompletedCommand sub in command.Commands)
        {
            output.WriteLine($"        {sub.Name}) {sub.FunctionName} ;;");
        }

        output.WriteLine("""
                    esac
                    ;;
                esac
            """);
    }

    /// <summary><c>'(-m --memory)'{-m+,--memory=}'[help]:SIZE: '</c>: a value may stand in the flag's own word or in the next.</summary>
    private static string Specify(CompletedFlag flag)
    {
        string[] names = [.. flag.Names.Select(name => flag.Value is null ? name : name.StartsWith("--", StringComparison.Ordinal) ? $"{name}=" : $"{name}+")];
        string exclusion = flag.Repeats ? "'*'" : names.Length > 1 ? $"'({string.Join(' ', flag.Names)})'" : "";
        string value = flag.Value is null ? "" : $":{Escape(flag.Value.Name)}:{Action(flag.Value)}";
        string words = names.Length > 1 ? $"{{{string.Join(',', names)}}}" : names[0];
        return $"{exclusion}{words}{Quote($"[{Escape(flag.Help)}]{value}")}";
    }

    /// <summary><c>'1:DIRECTORY:_directories'</c>; a second colon says that it may be left out.</summary>
    private static string Specify(CompletedArgument argument, int index) =>
        Quote($"{(argument.Repeats ? "*" : argument.IsOptional ? $"{index + 1}:" : $"{index + 1}")}:{Escape(argument.Value.Name)}:{Action(argument.Value)}");

    private static string Action(CompletedValue value) => value.Kind switch
    {
        CompletedKind.Choice => $"({string.Join(' ', value.Words)})",
        CompletedKind.Directory => "_directories",
        CompletedKind.File => "_files",
        CompletedKind.Container => "_hearth_containers",
        CompletedKind.Volume => "_hearth_volumes",
        CompletedKind.Kernel => "_hearth_kernels",
        _ => " ",
    };

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal)
        .Replace("]", "\\]", StringComparison.Ordinal)
        .Replace(":", "\\:", StringComparison.Ordinal);

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
