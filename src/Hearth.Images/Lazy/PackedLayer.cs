using Hearth.Images.Traces;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>What a pack has of one layer. Thread-safe.</summary>
internal sealed class PackedLayer
{
    private readonly PackContent pack;

    /// <summary>By their offsets.</summary>
    private readonly TracePlace[] places;

    /// <param name="pack">Its bytes.</param>
    /// <param name="places">The trace's places in the layer.</param>
    public PackedLayer(PackContent pack, IEnumerable<TracePlace> places)
    {
        this.pack = pack;
        this.places = [.. places.Where(place => place.Length <= pack.Bytes - place.Before).OrderBy(place => place.Offset)];
    }

    /// <summary>Where bytes of the layer are in the pack: parts that follow each other.</summary>
    /// <returns>Null if the pack does not have all of them.</returns>
    public IReadOnlyList<(long Offset, int Length)>? Find(long offset, int length)
    {
        List<(long, int)> parts = [];
        for (long position = offset; position < offset + length;)
        {
            if (FindPlace(position) is not { } place)
            {
                return null;
            }

            int count = (int)(Math.Min(place.End, offset + length) - position);
            parts.Add((place.Before + position - place.Offset, count));
            position += count;
        }

        return parts;
    }

    public bool Has(IReadOnlyList<(long Offset, int Length)> parts) => parts.All(part => pack.Has(part.Offset, part.Length));

    /// <returns>Whether a request was begun.</returns>
    public bool Begin(IReadOnlyList<(long Offset, int Length)> parts)
    {
        bool hasBegun = false;
        foreach ((long offset, int length) in parts)
        {
            hasBegun |= pack.Begin(offset, length);
        }

        return hasBegun;
    }

    /// <returns>False if they cannot be had.</returns>
    public async ValueTask<bool> TryReadAsync(IReadOnlyList<(long Offset, int Length)> parts, Memory<byte> destination, CancellationToken cancellationToken)
    {
        foreach ((long offset, int length) in parts)
        {
            if (!await pack.TryReadAsync(offset, destination[..length], cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            destination = destination[length..];
        }

        return true;
    }

    /// <summary>Whether all bytes that the pack could give are those of the layer, all of which is there.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public async Task<bool> IsTrueAsync(SafeFileHandle content, CancellationToken cancellationToken)
    {
        byte[] given = new byte[TracePack.ChunkBytes];
        byte[] right = new byte[TracePack.ChunkBytes];
        foreach (TracePlace place in places)
        {
            for (long position = 0, count; position < place.Length; position += count)
            {
                long start = place.Before + position;
                count = Math.Min(place.Length - position, TracePack.ChunkBytes - (start % TracePack.ChunkBytes));
                if (pack.IsKept(start)
                    && !(await pack.TryReadAsync(start, given.AsMemory(0, (int)count), cancellationToken).ConfigureAwait(false)
                        && RandomAccess.Read(content, right.AsSpan(0, (int)count), place.Offset + position) == count
                        && given.AsSpan(0, (int)count).SequenceEqual(right.AsSpan(0, (int)count))))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private TracePlace? FindPlace(long position)
    {
        int low = 0;
        int high = places.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = places[middle].Offset <= position ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && places[low - 1].End > position ? places[low - 1] : null;
    }
}
