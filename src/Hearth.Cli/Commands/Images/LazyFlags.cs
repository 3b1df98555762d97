using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Images.Pulling;

namespace Hearth.Cli.Commands.Images;

/// <summary>How much of an image is fetched before a container starts, and how the rest comes.</summary>
internal sealed class LazyFlags
{
    private readonly Flag<LazyMode> lazy = Flag.Choice("--lazy",
        "whether layers are fetched when they are read, which needs their\nindex ('hearth image index'): auto if there is one, and all at once\nif reads wait too long; always fails without one (default auto)",
        ("auto", LazyMode.Auto), ("always", LazyMode.Always), ("never", LazyMode.Never));

    private readonly Flag<bool> background = Flag.Switch("--background-fetch", "fetch also what is not read, while no read waits; on by default,\n=false fetches only what is read", isOn: true);

    private readonly Flag<bool> failure = Flag.Choice("--fetch-failure",
        "what reads do while the registry fails: block until the deadline,\nor give the error EIO at once (default block)",
        ("block", false), ("error", true));

    private readonly Flag<TimeSpan?> deadline = Flag.Duration("--fetch-deadline",
        $"how long reads wait for a registry that fails, before EIO\n(default {ImageFetchOptions.DefaultDeadline.TotalSeconds:0}s)");

    private readonly Flag<bool> trace = Flag.Switch("--record-trace", "record what the start reads, until 2 s after the first output,\nand fetch that first at later starts ('hearth image trace')");

    public Flag[] All => [lazy, background, failure, deadline, trace];

    public LazyMode Mode(ParsedLine line) => line.GetValue(lazy);

    /// <exception cref="UsageException">A deadline is given that does not count.</exception>
    public ImageFetchOptions Read(ParsedLine line)
    {
        bool fails = line.GetValue(failure);
        if (fails && line.GetValue(deadline) is not null)
        {
            throw new UsageException("--fetch-deadline and --fetch-failure error cannot be combined: reads fail at once");
        }

        return new ImageFetchOptions
        {
            InBackground = line.GetValue(background),
            RecordsTrace = line.GetValue(trace),
            MayHurry = Mode(line) != LazyMode.Always,
            Deadline = fails ? TimeSpan.Zero : line.GetValue(deadline) ?? ImageFetchOptions.DefaultDeadline,
        };
    }
}
