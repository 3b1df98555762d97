using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary>The flag of <c>run</c> and <c>create</c> for the streams that the caller shares with the command; docker's name.</summary>
internal sealed class AttachFlags
{
    public Flag<AttachedStreams[]> Streams { get; } =
        Flag.ListOf("--attach", "stdin|stdout|stderr", "attach only these streams; stdin also needs -i (default all;\n'create' ignores it, as docker's)", Parse, "-a");

    /// <exception cref="UsageException">The container is to run in the background.</exception>
    public AttachedStreams Read(ParsedLine line, bool isDetached) => (line.GetValue(Streams), isDetached) switch
    {
        ([], _) => AttachedStreams.All,
        (_, true) => throw new UsageException("conflicting options: cannot specify both --attach and --detach"),
        (var given, _) => given.Aggregate((all, one) => all | one),
    };

    private static IReadOnlyList<AttachedStreams> Parse(string text) => text.ToLowerInvariant() switch
    {
        "stdin" => [AttachedStreams.Input],
        "stdout" => [AttachedStreams.Output],
        "stderr" => [AttachedStreams.Error],
        _ => throw new FormatException("must be stdin, stdout or stderr"),
    };
}
