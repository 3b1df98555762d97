using Hearth.Distribution;
using Hearth.FileTree;
using Hearth.FileTree.Programs;
using Hearth.Images.Traces;
using Hearth.Layers;
using Hearth.Layers.Merging;

namespace Hearth.Images.Lazy;

/// <summary>Fetches the program of a container and its libraries while the machine boots, when nothing is read yet.</summary>
/// <param name="walked">The image's files, and others over them.</param>
/// <param name="layers">The image's layers.</param>
/// <param name="find">Finds one that is fetched in parts, by its number; null for others.</param>
/// <param name="pace">Readers come first.</param>
/// <param name="cancellationToken">Stops.</param>
internal sealed class ProgramPrefetch(
    WalkedTree walked, IReadOnlyList<ILayerContent> layers, Func<int, LazyContent?> find, FetchPace pace, CancellationToken cancellationToken)
{
    /// <summary>Of a large program, a start reads a small part; uncompressed.</summary>
    private const long MostBytesOfFile = 8 << 20;
    private const long MostBytes = 16 << 20;

    private long left = MostBytes;

    /// <summary>Runs until everything is there, or was attempted. Failures are left to the readers.</summary>
    public async Task RunAsync(ProgramCall call)
    {
        try
        {
            await new ProgramFiles(walked.Tree, ReadAsync).FindAsync(call, FetchAsync).ConfigureAwait(false);
        }
        catch (ImageException)
        {
            // The next read of it fetches it again, and reports the failure.
        }
    }

    private async Task<bool> FetchAsync(NodeId file)
    {
        if (PlaceOf(file) is { } place && find(place.Layer) is { } content)
        {
            long length = Math.Min(place.Length, Math.Min(left, MostBytesOfFile));
            left -= length;
            await TracePrefetch.RunAsync(length > 0 ? [(content, place with { Length = length })] : [], pace, cancellationToken).ConfigureAwait(false);
        }

        return left > 0;
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(NodeId file, long offset, int count)
    {
        if (PlaceOf(file) is not { } place || offset < 0 || offset >= place.Length)
        {
            return default;
        }

        byte[] bytes = new byte[Math.Min(count, place.Length - offset)];
        await layers[place.Layer].ReadAsync(place.Offset + offset, bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <returns>Null for a file of another origin, and for a sparse one.</returns>
    private TracePlace? PlaceOf(NodeId file)
    {
        SourceIdentity identity = walked.IdentityOf(file);
        return walked.Tree[file].Origin == 0 && !SparsePlaces.IsNumber(identity) && walked.Tree[file].Size > 0
            ? new TracePlace(SparsePlaces.LayerOf(identity), (long)identity.Position, walked.Tree[file].Size)
            : null;
    }
}
