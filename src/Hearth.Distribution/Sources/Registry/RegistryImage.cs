using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Blobs;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>
/// An image in a registry, read from its mirrors first. What one of them does not have, or cannot give, is asked of the next;
/// the registry itself is the last. Thread-safe.
/// </summary>
internal sealed class RegistryImage(ImageReference reference, IReadOnlyList<RegistryRepository> repositories) : IImageSource
{
    /// <summary>The place that gave something last: it probably has the rest.</summary>
    private volatile int preferred;

    public string Name => reference.Familiar;

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => FirstAsync(
        repository => reference.Digest is null ? repository.Endpoint.TakesTags : repository.Endpoint.TakesDigests,
        repository => repository.ReadManifestAsync(reference.Target, cancellationToken));

    public async Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        Document document = await FirstAsync(TakesDigests, repository => repository.ReadManifestAsync(descriptor.DigestText, cancellationToken)).ConfigureAwait(false);
        return document.Bytes.Length == descriptor.Size || descriptor.Size == Descriptor.UnknownSize ? document
            : throw new ImageException(ImageError.Malformed, $"cannot read the manifest of '{Name}': {descriptor.Digest} has {document.Bytes.Length} bytes, and its index says {descriptor.Size}");
    }

    public async Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        int openings = 0;
        BlobStream stream = new(repositories[0].ActOn(blob), offset, blob.Size, (position, token) => OpenOnceAsync(blob, position, openings++, token), repositories[0].Retrying);
        try
        {
            await stream.BeginAsync(cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken) => FirstAsync(
        TakesDigests,
        async repository =>
        {
            await repository.ReadRangeAsync(blob, offset, destination, arrived, cancellationToken).ConfigureAwait(false);
            return true;
        });

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        FirstAsync(TakesDigests, repository => repository.ListReferrersAsync(subject, artifactType, cancellationToken));

    /// <summary>Connections belong to the client.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Opens a blob at the first place that gives it. Each further opening begins at another place, since the one before may fail again.</summary>
    private async Task<BlobBody> OpenOnceAsync(Descriptor blob, long offset, int openings, CancellationToken cancellationToken)
    {
        int[] order = Order(TakesDigests);
        RequestException? failure = null;
        int last = -1;
        for (int turn = 0; turn < order.Length; turn++)
        {
            int place = order[(openings + turn) % order.Length];
            try
            {
                BlobBody body = await repositories[place].OpenBlobOnceAsync(blob, offset, cancellationToken).ConfigureAwait(false);
                preferred = place;
                return body;
            }
            catch (RequestException exception)
            {
                (failure, last) = place > last ? (exception, place) : (failure, last);
            }
        }

        throw failure!;
    }

    private static bool TakesDigests(RegistryRepository repository) => repository.Endpoint.TakesDigests;

    /// <summary>Asks the preferred place and then all others in order. If none has it, the registry's own reason is the one to show.</summary>
    private async Task<T> FirstAsync<T>(Func<RegistryRepository, bool> takes, Func<RegistryRepository, Task<T>> ask)
    {
        Dictionary<int, ImageException> failures = [];
        foreach (int place in Order(takes))
        {
            try
            {
                T result = await ask(repositories[place]).ConfigureAwait(false);
                preferred = place;
                return result;
            }
            catch (ImageException exception)
            {
                failures[place] = exception;
            }
        }

        throw failures.MaxBy(failure => failure.Key).Value;
    }

    /// <summary>The preferred place, and then all others that take such requests. The registry itself takes all.</summary>
    private int[] Order(Func<RegistryRepository, bool> takes)
    {
        int first = preferred;
        return [.. Enumerable.Range(0, repositories.Count).OrderByDescending(place => place == first).Where(place => takes(repositories[place]))];
    }
}
