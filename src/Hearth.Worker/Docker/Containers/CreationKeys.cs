using System.Security.Cryptography;
using System.Text;
using Hearth.Containers;
using Hearth.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hearth.Worker.Docker.Containers;

/// <summary>
/// Requests with an <c>Idempotency-Key</c>: the same key creates one container, however often a client repeats the request.
/// The container has the key, so that the next daemon knows it too.
/// </summary>
internal sealed class CreationKeys(ContainerStore store) : IDisposable
{
    private const string Header = "Idempotency-Key";
    private const string KeyAnnotation = "org.hearth.creation.key";
    private const string RequestAnnotation = "org.hearth.creation.request";
    private const int MostCharacters = 255;

    private readonly SemaphoreSlim creating = new(1, 1);

    public void Dispose() => creating.Dispose();

    /// <summary>Whether the request has a key that has created a container: it creates none, so a worker that takes none answers it.</summary>
    public bool HasCreated(HttpContext context) => context.Request.Headers.TryGetValue(Header, out StringValues values) && Find(values.ToString()) is not null;

    private Container? Find(string key) => store.List().FirstOrDefault(container => container.Description.Spec.Annotations.GetValueOrDefault(KeyAnnotation) == key);

    /// <summary>Creates a container, or finds the one that the key has created.</summary>
    /// <param name="context">The request.</param>
    /// <param name="content">All that describes the container.</param>
    /// <param name="description">The container.</param>
    /// <param name="create">Creates it.</param>
    /// <exception cref="ApiException">The key is none, or was used with another description.</exception>
    public async Task<Container> CreateAsync(HttpContext context, byte[] content, ContainerDescription description, Func<ContainerDescription, Container> create)
    {
        if (!context.Request.Headers.TryGetValue(Header, out StringValues values))
        {
            return create(description);
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
                return create(With(description, key, digest));
            }

            return created.Description.Spec.Annotations.GetValueOrDefault(RequestAnnotation) == digest
                ? created
                : throw new ApiException(StatusCodes.Status422UnprocessableEntity, $"{Header} '{key}' was used for another container, '{created.Name}': use a new key for a new container");
        }
        finally
        {
            creating.Release();
        }
    }

    private static ContainerDescription With(ContainerDescription description, string key, string digest) => description with
    {
        Spec = description.Spec with
        {
            Annotations = new Dictionary<string, string>(description.Spec.Annotations) { [KeyAnnotation] = key, [RequestAnnotation] = digest },
        },
    };
}
