using System.Net;
using System.Net.Http.Headers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Requests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Uploads;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>A repository of a registry that an image is pushed to (distribution-spec, push). Mirrors are not pushed to.</summary>
internal sealed class RegistryTarget(ImageReference reference, RegistryEndpoint endpoint, RegistryHost host) : IImageTarget
{
    /// <summary>Who lists referrers by tag reads, changes and writes the list; another may do so at the same time.</summary>
    private const int MostListings = 3;

    private readonly RegistryScope scope = RegistryScope.Push(endpoint.Repository);

    public string Name => reference.Familiar;

    public async Task<BlobWriting> WriteBlobAsync(
        Descriptor blob, ImageReference? origin, Func<long, CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
    {
        string act = $"push the blob {blob.Digest.Algorithm}:{blob.Digest.Short} to '{Name}'";
        if (await BlobPresence.IsThereAsync(host, Ask(act, HttpMethod.Head, $"blobs/{blob.Digest}"), cancellationToken).ConfigureAwait(false))
        {
            return BlobWriting.Existed;
        }

        string? begun = null;
        if (origin is not null && origin.Host == reference.Host && origin.Path != reference.Path)
        {
            (bool isMounted, begun) = await TryMountAsync(act, blob, origin.Path, cancellationToken).ConfigureAwait(false);
            if (isMounted)
            {
                return BlobWriting.Mounted;
            }
        }

        await new BlobUpload(host, scope, endpoint.Repository, act, blob, open).SendAsync(begun, cancellationToken).ConfigureAwait(false);
        return BlobWriting.Sent;
    }

    public Task WriteManifestAsync(Document manifest, CancellationToken cancellationToken) => PutAsync(manifest, manifest.Digest.ToString(), cancellationToken);

    public Task WriteNamedAsync(Document manifest, CancellationToken cancellationToken) =>
        reference.Digest is null || reference.Digest == manifest.Digest ? PutAsync(manifest, reference.Target, cancellationToken)
        : throw new ImageException(ImageError.InvalidRequest, $"cannot push to '{Name}': the image has the digest {manifest.Digest}; name a tag instead");

    /// <summary>Connections belong to the client.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <returns>Whether the registry took the blob from the other repository; if not, where to send it if it says so.</returns>
    private async Task<(bool IsMounted, string? Begun)> TryMountAsync(string act, Descriptor blob, string origin, CancellationToken cancellationToken)
    {
        try
        {
            string? begun = await MountAsync(act, blob, origin, cancellationToken).ConfigureAwait(false);
            return (begun is null, begun);
        }
        catch (ImageException exception) when (exception.Error == ImageError.Unauthorized)
        {
            // The user may push here without a right to read there.
            return (false, null);
        }
    }

    /// <returns>Null if the registry took the blob from the other repository, else where to send it.</returns>
    private Task<string?> MountAsync(string act, Descriptor blob, string origin, CancellationToken cancellationToken)
    {
        RegistryRequest request = Ask(act, HttpMethod.Post, $"blobs/uploads/?mount={Uri.EscapeDataString(blob.DigestText)}&from={Uri.EscapeDataString(origin)}") with
        {
            Scope = scope.With(RegistryScope.Pull(origin).Text),
        };
        return host.AskAsync(request, (answer, _) => Task.FromResult(answer.StatusCode == HttpStatusCode.Created ? null : UploadAnswer.LocationOf(answer, host.Name)), cancellationToken);
    }

    private async Task PutAsync(Document manifest, string target, CancellationToken cancellationToken)
    {
        RegistryRequest request = Ask($"push '{Name}'", HttpMethod.Put, $"manifests/{target}") with
        {
            Content = _ => new ReadOnlyMemoryContent(manifest.Bytes) { Headers = { ContentType = new MediaTypeHeaderValue(manifest.MediaType) } },
        };
        bool isListed = await host.AskAsync(request, (answer, _) => Task.FromResult(IsListed(answer, manifest)), cancellationToken).ConfigureAwait(false);
        Descriptor? subject = MediaTypes.IsIndex(manifest.MediaType) ? null : ManifestReading.ReadManifest(manifest).Subject;
        if (subject is not null && !isListed)
        {
            await ListAsync(manifest, subject.Digest, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A registry with the referrers API names the subject in its answer.</summary>
    private bool IsListed(HttpResponseMessage answer, Document manifest)
    {
        UploadAnswer.Check(answer, host.Name, manifest.Digest);
        return answer.Headers.NonValidated.Contains("OCI-Subject");
    }

    /// <summary>Adds a manifest to the index under its subject's tag, which stands for the API that the registry lacks.</summary>
    private async Task ListAsync(Document manifest, Digest subject, CancellationToken cancellationToken)
    {
        ReferrersReading reading = new(host, scope, endpoint, Name);
        IReadOnlyList<Descriptor> listed = await reading.ReadTagAsync(subject, cancellationToken).ConfigureAwait(false);
        for (int listings = 0; listed.All(entry => entry.DigestText != manifest.Digest.ToString()); listings++)
        {
            if (listings == MostListings)
            {
                throw new ImageException(ImageError.RegistryFault, $"cannot push '{Name}': others change the list of what belongs to {subject} all the time; try again");
            }

            await PutAsync(ReferrersIndex.Make([.. listed, ReferrersIndex.Describe(manifest)]), ReferrersReading.TagOf(subject), cancellationToken).ConfigureAwait(false);
            listed = await reading.ReadTagAsync(subject, cancellationToken).ConfigureAwait(false);
        }
    }

    private RegistryRequest Ask(string act, HttpMethod method, string rest) => new(act, method, $"/v2/{endpoint.Repository}/{rest}", scope, endpoint.Repository);
}
