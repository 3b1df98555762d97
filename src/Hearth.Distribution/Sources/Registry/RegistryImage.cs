using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
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
    private readonly ConcurrentDictionary<Digest, RegistryRepository> givers = new();
    private readonly ConcurrentDictionary<RegistryRepository, bool> avoided = new();

    /// <summary>The place that gave something last: it probably has the rest.</summary>
    private volatile int preferred;

    public string Name => reference.Familiar;

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => FirstAsync(
        repositories[0].ActOnManifest,
        repository => reference.Digest is null ? repository.Endpoint.TakesTags : repository.Endpoint.TakesDigests,
        (repository, token) => repository.ReadManifestOnceAsync(reference.Target, token),
        cancellationToken);

    public async Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        Document document = await FirstAsync(
            repositories[0].ActOnManifest, TakesDigests, (repository, token) => repository.ReadManifestOnceAsync(descriptor.DigestText, token), cancellationToken).ConfigureAwait(false);
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
        repositories[0].ActOn(blob),
        TakesDigests,
        async (repository, token) =>
        {
            await repository.ReadRangeOnceAsync(blob, offset, destination, arrived, token).ConfigureAwait(false);
            givers[blob.Digest] = repository;
            return true;
        },
        cancellationToken);

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        FirstAsync(repositories[0].ActOnReferrers, TakesDigests, (repository, token) => repository.ListReferrersOnceAsync(subject, artifactType, token), cancellationToken);

    /// <summary>The registry itself is always asked.</summary>
    public bool TryAvoid(Descriptor blob) =>
        givers.TryGetValue(blob.Digest, out RegistryRepository? giver) && giver != repositories[^1] && (avoided[giver] = true);

    /// <summary>Connections belong to the client.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Opens a blob at the first place that gives it. Each further opening begins at another place, since the one before may fail again.</summary>
    private async Task<BlobBody> OpenOnceAsync(Descriptor blob, long offset, int openings, CancellationToken cancellationToken)
    {
        int[] order = Order(TakesDigests);
        Dictionary<int, ExceptionDispatchInfo> failures = [];
        for (int turn = 0; turn < order.Length; turn++)
        {
            int place = order[(openings + turn) % order.Length];
            try
            {
                BlobBody body = await repositories[place].OpenBlobOnceAsync(blob, offset, cancellationToken).ConfigureAwait(false);
                preferred = place;
                givers[blob.Digest] = repositories[place];
                return body;
            }
            catch (Exception exception) when (exception is ImageException or RequestException)
            {
                failures[place] = ExceptionDispatchInfo.Capture(exception);
            }
        }

        return ThrowLast<BlobBody>(failures);
    }

    private static bool TakesDigests(RegistryRepository repository) => repository.Endpoint.TakesDigests;

    /// <summary>
    /// Asks each place once, and all of them again if the last one's failure may pass: a mirror that is gone delays nothing by attempts of
    /// its own. If none has it, the registry's own reason is the one to show.
    /// </summary>
    private Task<T> FirstAsync<T>(string act, Func<RegistryRepository, bool> takes, Func<RegistryRepository, CancellationToken, Task<T>> ask, CancellationToken cancellationToken) =>
        repositories[^1].Retrying.RunAsync(act, token => FirstOnceAsync(takes, ask, token), cancellationToken);

    /// <summary>Asks the preferred place and then all others in order.</summary>
    private async Task<T> FirstOnceAsync<T>(Func<RegistryRepository, bool> takes, Func<RegistryRepository, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        Dictionary<int, ExceptionDispatchInfo> failures = [];
        foreach (int place in Order(takes))
        {
            try
            {
                T result = await ask(repositories[place], cancellationToken).ConfigureAwait(false);
                preferred = place;
                return result;
            }
            catch (Exception exception) when (exception is ImageException or RequestException)
            {
                failures[place] = ExceptionDispatchInfo.Capture(exception);
            }
        }

        return ThrowLast<T>(failures);
    }

    /// <summary>Throws the failure of the place that is nearest to the registry itself.</summary>
    private static T ThrowLast<T>(Dictionary<int, ExceptionDispatchInfo> failures)
    {
        failures.MaxBy(failure => failure.Key).Value.Throw();
        throw new InvalidOperationException("unreachable");
    }

    /// <summary>The preferred place, and then all others that take such requests and gave nothing wrong. The registry itself takes all.</summary>
    private int[] Order(Func<RegistryRepository, bool> takes)
    {
        int first = preferred;
        return [.. Enumerable.Range(0, repositories.Count).OrderByDescending(place => place == first).Where(place => takes(repositories[place]) && !avoided.ContainsKey(repositories[place]))];
    }
}
