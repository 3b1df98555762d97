using System.Text.Json;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Requests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>Lists the tags of a repository (distribution-spec, listing tags).</summary>
internal sealed class TagsReading(RegistryHost host, RegistryEndpoint endpoint, string name)
{
    /// <summary>Of some thousand tags each. More are an error: a part would be taken for all.</summary>
    private const int MostPages = 100;

    private readonly string act = $"list the tags of '{name}'";

    /// <exception cref="ImageException">The registry cannot be read, answers something else, or has too many.</exception>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        List<string> all = [];
        string? address = $"/v2/{endpoint.Repository}/tags/list";
        for (int pages = 0; address is not null; pages++)
        {
            if (pages == MostPages)
            {
                throw new ImageException(ImageError.Unsupported, $"cannot {act}: {host.Name} has more than {MostPages} pages of them; name each tag");
            }

            RegistryRequest request = new(act, HttpMethod.Get, address, RegistryScope.Pull(endpoint.Repository), endpoint.Repository);
            Page page = await host.Retrying.RunAsync(act, token => host.AskOnceAsync(request, ReadAsync, token), cancellationToken).ConfigureAwait(false);
            all.AddRange(page.Tags);
            address = page.Next;
        }

        return all;
    }

    private async Task<Page> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        BodyReader body = await BodyReader.OpenAsync(answer, host.Name, host.Limits, host.Time, cancellationToken).ConfigureAwait(false);
        byte[] bytes = await body.ReadAllAsync(ManifestReading.MostManifestBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement tags = document.RootElement.GetProperty("tags");
            return new Page(tags.ValueKind == JsonValueKind.Null ? [] : [.. tags.EnumerateArray().Select(tag => tag.GetString()!)], PageLink.NextOf(answer));
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot {act}: what {host.Name} answers is no list of tags: {exception.Message}", exception);
        }
    }

    private sealed record Page(IReadOnlyList<string> Tags, string? Next);
}
