using Hearth.Containers;
using Hearth.Distribution;

namespace Hearth.Images.Store;

/// <summary>The bytes that a pull may still add to a store with a limit. Thread-safe.</summary>
internal sealed class StoreBudget
{
    private readonly StoreLimit? limit;
    private readonly string image;
    private long left;

    private StoreBudget(StoreLimit? limit, string image, long left)
    {
        this.limit = limit;
        this.image = image;
        this.left = left;
    }

    /// <summary>Looks whether there is room for an image; if not, what nobody needs is removed first.</summary>
    /// <param name="store">Its directories have been made.</param>
    /// <param name="image">The image, for messages.</param>
    /// <param name="needed">The bytes that are known to come: compressed layers. What they decompress to is counted as it is written.</param>
    /// <exception cref="ImageException">There is no room.</exception>
    public static StoreBudget Reserve(ImageStore store, string image, long needed)
    {
        if (store.Limit is not { } limit)
        {
            return new StoreBudget(null, image, long.MaxValue);
        }

        long Measure() => store.Attempt("measure", "all images", () => StoreUse.Measure(store.Paths));
        long used = Measure();
        if (used + needed > limit.Most.Bytes)
        {
            limit.Reclaim();
            used = Measure();
        }

        return used + needed <= limit.Most.Bytes
            ? new StoreBudget(limit, image, limit.Most.Bytes - used)
            : throw Exceeded(image, $"the image store has {new ByteSize(used)}, and with {new ByteSize(needed)} more it would exceed its limit of {limit.Most}");
    }

    /// <summary>Takes bytes before they are written.</summary>
    /// <exception cref="ImageException">There is no room.</exception>
    public void Take(long bytes)
    {
        if (limit is not null && Interlocked.Add(ref left, -bytes) < 0)
        {
            throw Exceeded(image, $"with its uncompressed layers the image store would exceed its limit of {limit.Most}");
        }
    }

    private static ImageException Exceeded(string image, string cause) => new(
        ImageError.LimitExceeded, $"cannot store the image '{image}': {cause}; 'hearth image prune --all' removes images that no container uses, and --image-limit or {StoreLimit.Variable} sets the limit");
}
