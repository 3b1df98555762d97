namespace Hearth.Cli.Completion;

/// <summary>What a flag's value or an argument may be.</summary>
/// <param name="Kind">Where candidates come from.</param>
/// <param name="Words">The candidates themselves, for a choice.</param>
internal sealed record CompletedValue(CompletedKind Kind, IReadOnlyList<string> Words)
{
    private static readonly Dictionary<string, CompletedKind> kinds = new(StringComparer.Ordinal)
    {
        ["CONTAINER"] = CompletedKind.Container,
        ["CONTEXT"] = CompletedKind.Context,
        ["DIR"] = CompletedKind.Directory,
        ["DIRECTORY"] = CompletedKind.Directory,
        ["KERNEL"] = CompletedKind.Kernel,
        ["MOUNTPOINT"] = CompletedKind.Directory,
        ["NETWORK"] = CompletedKind.Network,
        ["FILE"] = CompletedKind.File,
        ["IMAGE"] = CompletedKind.Image,
        ["ROOT"] = CompletedKind.Directory,
        ["SOURCE"] = CompletedKind.File,
        ["VOLUME"] = CompletedKind.Volume,
    };

    /// <summary>Derived from the name that help shows: <c>auto|lazy</c> is a choice, CONTAINER a container.</summary>
    public static CompletedValue Of(string name) => name.Contains('|', StringComparison.Ordinal)
        ? new CompletedValue(CompletedKind.Choice, name.Split('|'))
        : new CompletedValue(kinds.GetValueOrDefault(name, CompletedKind.Text), []);
}
