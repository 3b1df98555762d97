using Hearth.Cli.CommandLine;

namespace Hearth.Cli.Completion;

/// <summary>A command as a shell completes it: what may stand behind it.</summary>
/// <param name="FullName">The words that call it.</param>
/// <param name="Help">One line.</param>
/// <param name="Commands">Those beneath it.</param>
/// <param name="Flags">Those that hold there, its parents' too.</param>
/// <param name="Arguments">In order.</param>
/// <param name="FlagsEndAtFirstArgument">Whether what follows the first argument belongs to another program.</param>
internal sealed record CompletedCommand(
    string FullName, string Help, IReadOnlyList<CompletedCommand> Commands, IReadOnlyList<CompletedFlag> Flags, IReadOnlyList<CompletedArgument> Arguments, bool FlagsEndAtFirstArgument)
{
    public string Name => FullName[(FullName.LastIndexOf(' ') + 1)..];

    /// <summary>A name for a shell's function: <c>_hearth_rootfs_plan</c>.</summary>
    public string FunctionName => "_" + FullName.Replace(' ', '_').Replace('-', '_');

    /// <summary>Itself and all beneath it.</summary>
    public IEnumerable<CompletedCommand> All => Commands.SelectMany(command => command.All).Prepend(this);

    public static CompletedCommand Of(HearthCommand command) => new(
        command.FullName,
        command.Description ?? "",
        [.. command.Subcommands.OfType<HearthCommand>().Where(sub => !sub.Hidden).Select(Of)],
        [.. command.EffectiveFlags.Where(flag => !flag.Hidden).Select(CompletedFlag.Of)],
        [.. command.Arguments.Where(argument => !argument.Hidden).Select(CompletedArgument.Of)],
        command.FlagsEndAtFirstArgument);
}
