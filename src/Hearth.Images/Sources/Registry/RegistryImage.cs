using Hearth.Images.Manifests;
using Hearth.Images.References;

namespace Hearth.Images.Sources.Registry;

/// <summary>
/// An image in a registry, read from its mirrors first. What one of them does not have, or cannot give, is asked of the next;
/// the registry itself is the last. Thread-safe.
/// </summary>
internal sealed class RegistryImage(ImageReference reference, IReadOnlyList<RegistryRepository> repositories) : IImageSource
{
    /// <summary>The place that gave something last: it probably has the rest.</summary>
    private volatile int preferred;

    public string Name => reference.Familiar;

    public bool HasRanges => repositories[preferred].HasRanges;

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => FirstAsync(
        repository => reference.Digest is null ? repository.Endpoint.TakesTags : repository.Endpoint.TakesDigests,
        repository => repository.ReadManifestAsync(reference.Target, cancellationToken));

    public async Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        Document document = await FirstAsync(TakesDigests, repository => repository.ReadManifestAsync(descriptor.DigestText, cancellationToken)).ConfigureAwait(false);
        return document.Bytes.Length == descriptor.Size ? document
            : throw new ImageException(ImageError.Malformed, $"cannot read the manifest of '{Name}': {descriptor.Digest} has {document.Bytes.Length} bytes, and its index says {descriptor.Size}");
    }

    public Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken) =>
        FirstAsync(TakesDigests, repository => repository.OpenBlobAsync(blob, offset, cancellationToken));

    public Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, CancellationToken cancellationToken) => FirstAsync(
        TakesDigests,
        async repository =>
        {
            await repository.ReadRangeAsync(blob, offset, destination, cancellationToken).ConfigureAwait(false);
            return true;
        });

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        FirstAsync(TakesDigests, repository => repository.ListReferrersAsync(subject, artifactType, cancellationToken));

    /// <summary>Connections belong to the client.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool TakesDigests(RegistryRepository repository) => repository.Endpoint.TakesDigests;

    /// <summary>Asks the preferred place and then all others in order. If none has it, the registry's own reason is the one to show.</summary>
    private async Task<T> FirstAsync<T>(Func<RegistryRepository, bool> takes, Func<RegistryRepository, Task<T>> ask)
    {
        int first = preferred;
        int[] order = [.. Enumerable.Range(0, repositories.Count).OrderByDescending(place => place == first).Where(place => takes(repositories[place]))];
        Dictionary<int, ImageException> failures = [];
        foreach (int place in order)
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
}
