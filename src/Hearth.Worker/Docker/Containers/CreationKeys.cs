using System.Security.Cryptography;
using System.Text;
using Hearth.Containers;
using Hearth.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// Requests with an <c>Idempotency-Key</c>: the same key creates one container, however often a client repeats the request.
/// The container has the key, so that the next daemon knows it too. The key of one that was removed, such as by docker's <c>--rm</c>, is
/// known to this daemon for some time.
/// </summary>
internal sealed class CreationKeys(ContainerStore store, TimeProvider clock) : IDisposable
{
    private const string Header = "Idempotency-Key";
    private const string KeyAnnotation = "org.hearth.creation.key";
    private const string RequestAnnotation = "org.hearth.creation.request";
    private const int MostCharacters = 255;

    private const int MostKept = 10_000;

    private static readonly TimeSpan keptTime = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim creating = new(1, 1);
    private readonly Lock gate = new();
    private readonly Queue<Creation> kept = new();

    public void Dispose() => creating.Dispose();

    /// <summary>Whether the request has a key that has created a container: it creates none, so a worker that takes none answers it.</summary>
    public bool HasCreated(HttpContext context) => context.Request.Headers.TryGetValue(Header, out StringValues values) && Find(values.ToString()) is not null;

    private Creation? Find(string key)
    {
        lock (gate)
        {
            while (kept.TryPeek(out Creation? oldest) && (kept.Count > MostKept || clock.GetElapsedTime(oldest.At) > keptTime))
            {
                kept.Dequeue();
            }

            if (kept.FirstOrDefault(creation => creation.Key == key) is { } known)
            {
                return known;
            }
        }

        return store.List().FirstOrDefault(container => container.Description.Spec.Annotations.GetValueOrDefault(KeyAnnotation) == key) is { } created
            ? Keep(key, created.Description.Spec.Annotations.GetValueOrDefault(RequestAnnotation) ?? "", created)
            : null;
    }

    private Creation Keep(string key, string digest, Container created)
    {
        Creation creation = new(key, digest, created.Id, created.Name, clock.GetTimestamp());
        lock (gate)
        {
            kept.Enqueue(creation);
        }

        return creation;
    }

    /// <summary>Creates a container, or finds the one that the key has created.</summary>
    /// <param name="context">The request.</param>
    /// <param name="content">All that describes the container.</param>
    /// <param name="description">The container.</param>
    /// <param name="create">Creates it.</param>
    /// <returns>Its id; the container may have been removed since.</returns>
    /// <exception cref="ApiException">The key is none, or was used with another description.</exception>
    public async Task<string> CreateAsync(HttpContext context, byte[] content, ContainerDescription description, Func<ContainerDescription, Container> create)
    {
        if (!context.Request.Headers.TryGetValue(Header, out StringValues values))
        {
            return create(description).Id;
        }

        string key = values.ToString();
        if (key.Length is 0 or > MostCharacters)
        {
            throw ApiException.BadRequest($"invalid {Header}: it must have 1 to {MostCharacters} characters");
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData([.. content, .. Encoding.UTF8.GetBytes(context.Request.QueryString.Value ?? "")]));
        await creating.WaitAsync(context.RequestAborted);
        try
        {
            if (Find(key) is not { } created)
            {
                return Keep(key, digest, create(With(description, key, digest))).Id;
            }

            return created.Digest == digest
                ? created.Id
                : throw new ApiException(StatusCodes.Status422UnprocessableEntity, $"{Header} '{key}' was used for another container, '{created.Name}': use a new key for a new container");
        }
        finally
        {
            creating.Release();
        }
    }

    /// <param name="Key">The client's key.</param>
    /// <param name="Digest">Of the request.</param>
    /// <param name="Id">Of the container.</param>
    /// <param name="Name">Of the container.</param>
    /// <param name="At">When: a timestamp of the clock.</param>
    private sealed record Creation(string Key, string Digest, string Id, string Name, long At);

    private static ContainerDescription With(ContainerDescription description, string key, string digest) => description with
    {
        Spec = description.Spec with
        {
            Annotations = new Dictionary<string, string>(description.Spec.Annotations) { [KeyAnnotation] = key, [RequestAnnotation] = digest },
        },
    };
}
