using Hearth.CommandLine;

namespace Hearth.Cli.Completion;

/// <summary>A script for zsh: a function for each command, which gives zsh's own <c>_arguments</c> its flags and arguments.</summary>
internal static class ZshCompletion
{
    private const string Functions = """
        #compdef hearth
        # Completion of hearth for zsh, made by 'hearth completion zsh'. In this shell:
        #     source <(hearth completion zsh)
        # In every shell, with a directory of $fpath:
        #     hearth completion zsh > /usr/local/share/zsh/site-functions/_hearth

        # Names of containers; ids if no name matches.
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

        # Names of images.
        _hearth_images() {
            local -a found
            found=(${(f)"$(_call_program images hearth images --format "'{{.Repository}}'" 2>/dev/null)"})
            compadd "$@" -a found
        }

        # Names of networks.
        _hearth_networks() {
            local -a found
            found=(${(f)"$(_call_program networks hearth network ls --format "'{{.Name}}'" 2>/dev/null)"})
            compadd "$@" -a found
        }

        # Names of kernels.
        _hearth_kernels() {
            local -a found
            found=(${(f)"$(_call_program kernels hearth kernel list -q 2>/dev/null)"})
            compadd "$@" -a found
        }

        # Names of contexts.
        _hearth_contexts() {
            local -a found
            found=(${(f)"$(_call_program contexts hearth context ls -q 2>/dev/null)"})
            compadd "$@" -a found
        }
        """;

    public static void Write(Command root, TextWriter output)
    {
        output.WriteLine(Functions);
        foreach (Command command in root.All.Reverse())
        {
            output.WriteLine();
            output.WriteLine($"{FunctionName(command)}() {{");
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

    /// <summary><c>_hearth_rootfs_plan</c>.</summary>
    private static string FunctionName(Command command) => "_" + command.FullName.Replace(' ', '_').Replace('-', '_');

    private static void WriteBody(Command command, TextWriter output)
    {
        bool isGroup = command.Commands.Count > 0;
        List<string> specifications = [.. command.ShownFlags.Select(Specify), .. command.Arguments.Select(Specify)];
        if (isGroup)
        {
            output.WriteLine("    local curcontext=$curcontext state\n    local -a line");
            specifications.AddRange(["'1:command:->command'", "'*::argument:->argument'"]);
        }

        // -S: nothing after "--" is a flag; -A: nor after the first argument.
        string options = $"{(isGroup ? "-C " : "")}-s -S{(command.FlagsEndAtFirstArgument ? " -A '-*'" : "")}";
        output.WriteLine($"    _arguments {options} \\\n        {string.Join(" \\\n        ", specifications)}");
        if (isGroup)
        {
            WriteChoice(command, output);
        }
    }

    private static void WriteChoice(Command command, TextWriter output)
    {
        output.WriteLine("""
                case $state in
                command)
                    local -a commands=(
            """);
        foreach (Command sub in command.Commands)
        {
            output.WriteLine($"            {Quote($"{sub.Name}:{sub.Summary}")}");
        }

        output.WriteLine("""
                    )
                    _describe command commands
                    ;;
                argument)
                    case $line[1] in
            """);
        foreach (Command sub in command.Commands)
        {
            output.WriteLine($"        {sub.Name}) {FunctionName(sub)} ;;");
        }

        output.WriteLine("""
                    esac
                    ;;
                esac
            """);
    }

    /// <summary><c>'(-m --memory)'{-m+,--memory=}'[help]:SIZE: '</c>: a value can be in the same word or in the next.</summary>
    private static string Specify(Flag flag)
    {
        string[] names = [.. flag.Names.Select(name => flag.IsSwitch ? name : name.StartsWith("--", StringComparison.Ordinal) ? $"{name}=" : $"{name}+")];
        string exclusion = flag.Repeats ? "'*'" : names.Length > 1 ? $"'({string.Join(' ', flag.Names)})'" : "";
        string value = flag.IsSwitch ? "" : $":{Escape(flag.ValueName!)}:{Action(flag.ValueName!)}";
        string words = names.Length > 1 ? $"{{{string.Join(',', names)}}}" : names[0];
        return $"{exclusion}{words}{Quote($"[{Escape(flag.HelpInOneLine)}]{value}")}";
    }

    /// <summary><c>'1:DIRECTORY:_directories'</c>; a second colon marks it as optional.</summary>
    private static string Specify(Argument argument, int index) =>
        Quote($"{(argument.Repeats ? "*" : argument.IsOptional ? $"{index + 1}:" : $"{index + 1}")}:{Escape(argument.Name)}:{Action(argument.Name)}");

    private static string Action(string valueName) => CompletedValue.Of(valueName) switch
    {
        { Kind: CompletedKind.Choice } value => $"({string.Join(' ', value.Words)})",
        { Kind: CompletedKind.Directory } => "_directories",
        { Kind: CompletedKind.File } => "_files",
        { Kind: CompletedKind.Container } => "_hearth_containers",
        { Kind: CompletedKind.Volume } => "_hearth_volumes",
        { Kind: CompletedKind.Network } => "_hearth_networks",
        { Kind: CompletedKind.Image } => "_hearth_images",
        { Kind: CompletedKind.Kernel } => "_hearth_kernels",
        { Kind: CompletedKind.Context } => "_hearth_contexts",
        _ => " ",
    };

    private static string Escape(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal)
        .Replace("]", "\\]", StringComparison.Ordinal)
        .Replace(":", "\\:", StringComparison.Ordinal);

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
