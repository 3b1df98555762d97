using Hearth.CommandLine;

namespace Hearth.Cli.Completion;

/// <summary>A script for fish: a line for each command, flag and argument, with the condition under which it is offered.</summary>
internal static class FishCompletion
{
    private const string NoFiles = " -f";

    public static void Write(Command root, TextWriter output)
    {
        output.WriteLine($$$"""
            # Completion of hearth for fish, made by 'hearth completion fish'. In this shell:
            #     hearth completion fish | source
            # In every shell:
            #     hearth completion fish > ~/.config/fish/completions/hearth.fish

            set -g __hearth_commands {{{string.Join(' ', root.All.Select(command => Quote(command.FullName)))}}}

            # Whether the line calls the command $argv.
            function __hearth_at
                set -l at hearth
                for word in (commandline -opc)[2..]
                    if contains -- "$at $word" $__hearth_commands
                        set at "$at $word"
                    end
                end
                test "$at" = "$argv"
            end

            # Names of containers; ids if no name matches.
            function __hearth_containers
                set -l current (commandline -ct)
                for field in Names ID
                    set -l found (hearth ps -a --format "{{.$field}}" 2>/dev/null | string match -- "$current*")
                    if test (count $found) -gt 0
                        printf '%s\n' $found
                        return
                    end
                end
            end

            complete -c hearth -f
            """);
        foreach (Command command in root.All)
        {
            output.WriteLine();
            string condition = $"complete -c hearth -n {Quote($"__hearth_at {command.FullName}")}";
            foreach (Command sub in command.Commands)
            {
                output.WriteLine($"{condition} -a {sub.Name} -d {Quote(sub.Summary)}");
            }

            foreach (Flag flag in command.ShownFlags)
            {
                string names = string.Concat(flag.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}"));
                output.WriteLine($"{condition}{names}{(flag.IsSwitch ? "" : $" -r{Candidates(flag.ValueName!)}")} -d {Quote(flag.HelpInOneLine)}");
            }

            foreach (string candidates in command.Arguments.Select(argument => Candidates(argument.Name)).Where(candidates => candidates != NoFiles).Distinct())
            {
                output.WriteLine($"{condition}{candidates}");
            }
        }
    }

    private static string Candidates(string valueName) => CompletedValue.Of(valueName) switch
    {
        { Kind: CompletedKind.Choice } value => $" -f -a {Quote(string.Join(' ', value.Words))}",
        { Kind: CompletedKind.Directory } => " -f -a '(__fish_complete_directories)'",
        { Kind: CompletedKind.File } => " -F",
        { Kind: CompletedKind.Container } => " -f -a '(__hearth_containers)'",
        { Kind: CompletedKind.Volume } => " -f -a '(hearth volume ls -q 2>/dev/null)'",
        { Kind: CompletedKind.Network } => " -f -a '(hearth network ls --format \"{{.Name}}\" 2>/dev/null)'",
        { Kind: CompletedKind.Image } => " -f -a '(hearth images --format \"{{.Repository}}\" 2>/dev/null)'",
        { Kind: CompletedKind.Kernel } => " -f -a '(hearth kernel list -q 2>/dev/null)'",
        { Kind: CompletedKind.Context } => " -f -a '(hearth context ls -q 2>/dev/null)'",
        _ => NoFiles,
    };

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
