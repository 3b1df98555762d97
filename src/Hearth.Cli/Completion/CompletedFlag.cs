using System.CommandLine;

namespace Hearth.Cli.Completion;

/// <summary>A flag as a shell completes it.</summary>
/// <param name="Names"><c>--memory</c>, and <c>-m</c> behind it where there is a short form.</param>
/// <param name="Help">One line.</param>
/// <param name="Value">Null for a switch.</param>
/// <param name="Repeats">Whether it may be given several times.</param>
internal sealed record CompletedFlag(IReadOnlyList<string> Names, string Help, CompletedValue? Value, bool Repeats)
{
    public static CompletedFlag Of(Option flag) => new(
        [flag.Name, .. flag.Aliases],
        (flag.Description ?? "").ReplaceLineEndings(" "),
        flag.HelpName is { } name ? CompletedValue.Of(name) : null,
        flag.ValueType.IsArray);
}
