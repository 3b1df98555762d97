namespace Hearth.Cli.Completion;

/// <summary>A script for fish: a line for each command, flag and argument, with the condition under which it is offered.</summary>
internal static class FishCompletion
{
    private const string NoFiles = " -f";

    public static void Write(CompletedCommand root, TextWriter output)
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

            # Names of containers; ids where no name begins so.
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
        foreach (CompletedCommand command in root.All)
        {
            output.WriteLine();
            string condition = $"complete -c hearth -n {Quote($"__hearth_at {command.FullName}")}";
            foreach (CompletedCommand sub in command.Commands)
            {
                output.WriteLine($"{condition} -a {sub.Name} -d {Quote(sub.Help)}");
            }

            foreach (CompletedFlag flag in command.Flags)
            {
                string names = string.Concat(flag.Names.Select(name => name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}"));
                output.WriteLine($"{condition}{names}{(flag.Value is null ? "" : $" -r{Candidates(flag.Value)}")} -d {Quote(flag.Help)}");
            }

            foreach (string candidates in command.Arguments.Select(argument => Candidates(argument.Value)).Where(candidates => candidates != NoFiles).Distinct())
            {
                output.WriteLine($"{condition}{candidates}");
            }
        }
    }

    private static string Candidates(CompletedValue value) => value.Kind switch
    {
        CompletedKind.Choice => $" -f -a {Quote(string.Join(' ', value.Words))}",
        CompletedKind.Directory => " -f -a '(__fish_complete_directories)'",
        CompletedKind.File => " -F",
        CompletedKind.Container => " -f -a '(__hearth_containers)'",
        CompletedKind.Volume => " -f -a '(hearth volume ls -q 2>/dev/null)'",
        CompletedKind.Kernel => " -f -a '(hearth kernel list -q 2>/dev/null)'",
        _ => NoFiles,
    };

    private static string Quote(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";
}
