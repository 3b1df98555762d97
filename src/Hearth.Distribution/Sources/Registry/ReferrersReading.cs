using System.Net;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Requests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>
/// Lists the manifests whose subject is a given one (distribution-spec, listing referrers). A registry without the API keeps
/// the list as an index under the tag ALGORITHM-HEX of the subject's digest.
/// </summary>
internal sealed class ReferrersReading(RegistryHost host, RegistryScope scope, RegistryEndpoint endpoint, string name)
{
    private const int MostPages = 20;

    /// <summary>What the requests are for, to follow "cannot".</summary>
    public string Act { get; } = $"list what belongs to '{name}'";

    /// <summary>The tag of the specification's fallback.</summary>
    public static string TagOf(Digest subject) => $"{subject.Algorithm}-{subject.Hex}"[..Math.Min(128, subject.Algorithm.Length + 1 + subject.Hex.Length)];

    /// <summary>Lists them, with one attempt for each request.</summary>
    /// <exception cref="RequestException">The registry cannot be read.</exception>
    /// <exception cref="ImageException">It answers something else.</exception>
    public async Task<IReadOnlyList<Descriptor>> ListAsync(Digest subject, string artifactType, CancellationToken cancellationToken)
    {
        List<Descriptor> all = [];
        string? address = $"/v2/{endpoint.Repository}/referrers/{subject}?artifactType={Uri.EscapeDataString(artifactType)}";
        for (int pages = 0; address is not null && pages < MostPages; pages++)
        {
            Page? page = await ReadAsync(address, cancellationToken).ConfigureAwait(false);
            if (page is null && pages == 0)
            {
                page = await ReadAsync($"/v2/{endpoint.Repository}/manifests/{TagOf(subject)}", cancellationToken).ConfigureAwait(false);
            }

            all.AddRange(page?.Manifests ?? []);
            address = page?.Next;
        }

        return [.. all.Where(manifest => manifest.ArtifactType == artifactType)];
    }

    /// <summary>The index under the fallback's tag; empty if there is none.</summary>
    /// <exception cref="ImageException">The registry cannot be read, or answers something else.</exception>
    public async Task<IReadOnlyList<Descriptor>> ReadTagAsync(Digest subject, CancellationToken cancellationToken) =>
        (await host.Retrying.RunAsync(Act, token => ReadAsync($"/v2/{endpoint.Repository}/manifests/{TagOf(subject)}", token), cancellationToken).ConfigureAwait(false))?.Manifests ?? [];

    private Task<Page?> ReadAsync(string address, CancellationToken cancellationToken)
    {
        RegistryRequest request = new(Act, HttpMethod.Get, address, scope, endpoint.Repository)
        {
            Prepare = message => message.Headers.TryAddWithoutValidation("Accept", MediaTypes.OciIndex),
            Expected = [HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed, HttpStatusCode.NotAcceptable],
        };
        return host.AskOnceAsync(request, ReadPageAsync, cancellationToken);
    }

    private async Task<Page?> ReadPageAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        BodyReader body = await BodyReader.OpenAsync(answer, host.Name, host.Limits, host.Time, cancellationToken).ConfigureAwait(false);
        byte[] bytes = await body.ReadAllAsync(ManifestReading.MostManifestBytes, cancellationToken).ConfigureAwait(false);
        ImageIndex index = ManifestReading.ReadIndex(new Document(MediaTypes.OciIndex, Digest.Of(bytes), bytes));
        return new Page(index.Manifests, PageLink.NextOf(answer));
    }

    private sealed record Page(IReadOnlyList<Descriptor> Manifests, string? Next);
}
