using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Remote;
using Hearth.Rendering;
using Hearth.Rootfs.Cache;
using Hearth.Templates;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth cache</c>: the stored plans and packed images.</summary>
internal sealed class CacheCommands(CommandContext context, GlobalFlags global)
{
    private const int ShownDigits = 12;

    private readonly Flag<OutputFormat> listFormat = CommonFlags.Format();
    private readonly Flag<OutputFormat> pruneFormat = CommonFlags.Format();
    private readonly Flag<ByteSize?> keep = Flag.Size("--keep", "keep the most recently used, up to this size\n(default 0: remove all that are not in use)");
    private readonly Flag<TimeSpan?> unusedFor = Flag.Duration("--unused-for", "remove only those unused for this long");
    private readonly CacheFlags flags = new(context, global);

    public Command Create() => new Command("cache", "List and remove prepared disks") { Usage = "COMMAND" }
        .WithCommands(CreateList(), CreatePrune());

    private Command CreateList() => new Command("ls", "List prepared disks, last used first")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth cache ls --format json", "for programs")],
    }.WithFlags("Flags", listFormat)
        .WithAction((line, cancellationToken) => AttemptAsync(async () => Show(await ListAsync(line, cancellationToken), line.GetValue(listFormat))));

    private Command CreatePrune() => new Command("prune", "Remove prepared disks that are not in use")
    {
        Usage = "[FLAGS]",
        Details = """
            Nothing is lost: a disk is prepared again when it is needed. Disks of running containers remain.
            """,
        Examples =
        [
            ("hearth cache prune", "all that are not in use"),
            ("hearth cache prune --keep 5g", "the least recently used, until 5 GiB remain"),
            ("hearth cache prune --unused-for 168h", "those unused for a week"),
        ],
    }.WithFlags("Flags", keep, unusedFor, pruneFormat)
        .WithAction((line, cancellationToken) => AttemptAsync(() => PruneAsync(line, cancellationToken)));

    private async Task<IReadOnlyList<CacheEntry>> ListAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        if (global.FindHost(line, context) is not { } access)
        {
            return flags.Open(line).List();
        }

        using WorkerConnection worker = new(access);
        return await new RemoteSystem(worker).ReadCacheAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<CacheEntry>> RemoveAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        TimeSpan? age = line.GetValue(unusedFor);
        ByteSize? kept = line.GetValue(keep);
        if (global.FindHost(line, context) is not { } access)
        {
            return flags.Open(line).Prune(kept ?? new ByteSize(age is null ? 0 : long.MaxValue), context.Clock.GetUtcNow() - age);
        }

        using WorkerConnection worker = new(access);
        return await new RemoteSystem(worker).PruneCacheAsync(kept, age, cancellationToken);
    }

    private async Task PruneAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        IReadOnlyList<CacheEntry> removed = await RemoveAsync(line, cancellationToken);
        if (line.GetValue(pruneFormat) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, removed, OutputJson.Default.IReadOnlyListCacheEntry);
            return;
        }

        foreach (CacheEntry entry in removed)
        {
            context.Output.WriteLine($"{entry.Key[..ShownDigits]}  {entry.Kind}  {new ByteSize(entry.Bytes)}  {entry.Source}");
        }

        context.Error.WriteLine($"Removed {removed.Count}, {new ByteSize(removed.Sum(entry => entry.Bytes))} in all.");
    }

    private void Show(IReadOnlyList<CacheEntry> entries, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, entries, OutputJson.Default.IReadOnlyListCacheEntry);
            return;
        }

        TextTable.Write(
            context.Output,
            ["KEY", "KIND", "SIZE", "LAST USED", "IN USE", "SOURCE"],
            [.. entries.Select(entry => (IReadOnlyList<string>)
                [entry.Key[..ShownDigits], entry.Kind, $"{new ByteSize(entry.Bytes)}", $"{Ago(context.Clock.GetUtcNow() - entry.LastUsed)} ago", entry.InUse ? "yes" : "", entry.Source])]);
    }

    private static string Ago(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours"),
        { TotalMinutes: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(time.TotalSeconds, 0):0} seconds"),
    };

    private static async Task<int> AttemptAsync(Func<Task> act)
    {
        try
        {
            await act();
            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot use the cache: {exception.Message}", exception);
        }
    }
}
