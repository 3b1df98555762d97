using Hearth.Images.Traces;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>A trace's pack, in use by the layers of an image that are not there.</summary>
internal sealed class PackFetch : IDisposable
{
    private readonly StoredTrace trace;
    private readonly PackContent content;
    private readonly IReadOnlyList<LazyContent> layers;

    /// <summary>The chunks that have what is missing.</summary>
    private readonly HashSet<int> wanted;

    private PackFetch(StoredTrace trace, PackContent content, IReadOnlyList<LazyContent> layers, HashSet<int> wanted)
    {
        this.trace = trace;
        this.content = content;
        this.layers = layers;
        this.wanted = wanted;
    }

    public Distribution.ImageException? Failure => content.Failure;

    /// <param name="trace">Has a pack.</param>
    /// <param name="layers">Those that are not there, in the image's order; they get the pack's bytes from now on.</param>
    /// <param name="places">What is missing of what the trace names.</param>
    /// <param name="statistics">Counts.</param>
    /// <param name="clock">The time of requests.</param>
    /// <param name="stop">Ends requests.</param>
    /// <returns>Null if its file cannot be opened: the layers have the same bytes.</returns>
    public static PackFetch? TryOpen(
        StoredTrace trace, IReadOnlyList<LazyContent> layers, IReadOnlyList<(LazyContent Content, TracePlace Place)> places, LazyStatistics statistics, TimeProvider clock, CancellationToken stop)
    {
        TracePack pack = trace.Trace.Pack!;
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(trace.PackPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // An upper layer is more likely than a lower one to come from the image's own repository, which has the pack.
        PackContent content = new(pack, file, [.. layers.Reverse().Select(layer => layer.Source).DistinctBy(source => source.Name)], statistics, clock, stop);
        foreach (IGrouping<LazyContent, (LazyContent Content, TracePlace Place)> layer in places.GroupBy(place => place.Content))
        {
            layer.Key.Packed = new PackedLayer(content, layer.Select(item => item.Place));
        }

        HashSet<int> wanted = [];
        foreach ((_, TracePlace place) in places.Where(item => item.Place.Before < pack.Bytes))
        {
            long last = Math.Min(place.Before + place.Length, pack.Bytes) - 1;
            wanted.UnionWith(Enumerable.Range((int)(place.Before / TracePack.ChunkBytes), (int)((last / TracePack.ChunkBytes) - (place.Before / TracePack.ChunkBytes) + 1)));
        }

        return new PackFetch(trace, content, layers, wanted);
    }

    /// <summary>Fetches what is wanted of it, or gives it up.</summary>
    public Task RunAsync(FetchPace pace) => content.RunAsync(wanted.Contains, pace);

    /// <summary>Whether all of a place is there.</summary>
    public bool Has(TracePlace place) => place.Length <= content.Bytes - place.Before && content.Has(place.Before, place.Length);

    /// <summary>Compares the pack with its layers, all of which are there, and removes its file, which nobody needs any more.</summary>
    /// <returns>A message if the pack gave other bytes than a layer has; null otherwise.</returns>
    public async Task<string?> FindWrongAsync(CancellationToken cancellationToken)
    {
        string? wrong = null;
        try
        {
            foreach (LazyContent layer in layers)
            {
                if (layer.Packed is { } packed && !await packed.IsTrueAsync(layer.Files.Content, cancellationToken).ConfigureAwait(false))
                {
                    wrong = $"the bytes that came with the image's trace are not those of its layer {layer.Files.Layer.Digest}: processes may have read wrong bytes; "
                        + "restart them, and remove the trace with 'hearth image trace --rm'";
                }
            }

            File.Delete(trace.PackPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return wrong ?? $"the bytes that came with the image's trace cannot be compared with its layers: {exception.Message}";
        }

        return wrong;
    }

    public void Dispose() => content.Dispose();
}
