using System.Collections.Concurrent;
using System.Net;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Blobs;
using Hearth.Distribution.Sources.Registry.Requests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>A repository at one host, as the distribution specification's pull part has it. Thread-safe.</summary>
/// <param name="endpoint">Which repository.</param>
/// <param name="host">Its host.</param>
/// <param name="name">The image's name for messages.</param>
internal sealed class RegistryRepository(RegistryEndpoint endpoint, RegistryHost host, string name)
{
    /// <summary>A registry that ignores ranges sends the whole blob; what is before the range is read and forgotten if it is so little.</summary>
    private const long MostSkippedBytes = 1 << 20;

    private readonly ConcurrentDictionary<Digest, RedirectMemory> redirects = new();
    private readonly HedgeDelay hedgeDelay = new(host.Limits);
    private readonly RegistryScope scope = RegistryScope.Pull(endpoint.Repository);

    public RegistryEndpoint Endpoint => endpoint;

    public Retrying Retrying => host.Retrying;

    /// <summary>Reads and verifies a manifest or index, with one attempt.</summary>
    /// <param name="target">A tag or a digest.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RequestException">There is none, the registry cannot be read, or the bytes differ.</exception>
    /// <exception cref="ImageException">Credentials or certificates on this machine cannot be used.</exception>
    public Task<Document> ReadManifestOnceAsync(string target, CancellationToken cancellationToken)
    {
        RegistryRequest request = Ask(ActOnManifest, HttpMethod.Get, $"manifests/{target}") with { Prepare = AcceptManifests };
        return host.AskOnceAsync(request, (answer, token) => ReadDocumentAsync(answer, target, token), cancellationToken);
    }

    /// <summary>Opens a blob from an offset to its end, once.</summary>
    /// <exception cref="RequestException">There is none, or the registry cannot be read.</exception>
    /// <exception cref="ImageException">Credentials or certificates on this machine cannot be used.</exception>
    public async Task<BlobBody> OpenBlobOnceAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await SendAsync(AskForBlob(blob), blob, offset, null, cancellationToken).ConfigureAwait(false);
        try
        {
            long beginning = BlobAnswer.BeginningOf(answer, host.Name, blob, offset, blob.Size);
            BodyReader reader = await BodyReader.OpenAsync(answer, host.Name, host.Limits, host.Time, cancellationToken).ConfigureAwait(false);
            await reader.SkipAsync(offset - beginning, cancellationToken).ConfigureAwait(false);
            return new BlobBody(answer, reader, host.Name);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Reads a part of a blob, and asks a second time if that takes unusually long, but not after a failure.</summary>
    /// <exception cref="RequestException">There is none, the registry cannot be read, or it ignores ranges.</exception>
    /// <exception cref="ImageException">Credentials or certificates on this machine cannot be used.</exception>
    public Task ReadRangeOnceAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        RegistryRequest request = AskForBlob(blob);
        return new HedgedReading(
            (part, heard, token) => FillOnceAsync(request, blob, offset, part, heard, token),
            hedgeDelay,
            host.Time).FillAsync(destination, arrived, cancellationToken);
    }

    /// <summary>Lists the manifests that belong to another, by the referrers API or else by the tag that the specification names, with one attempt.</summary>
    /// <exception cref="RequestException">The registry cannot be read.</exception>
    /// <exception cref="ImageException">It answers something else.</exception>
    public Task<IReadOnlyList<Descriptor>> ListReferrersOnceAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        new ReferrersReading(host, scope, endpoint, name).ListAsync(subject, artifactType, cancellationToken);

    private async Task<Document> ReadDocumentAsync(HttpResponseMessage answer, string target, CancellationToken cancellationToken)
    {
        BodyReader body = await BodyReader.OpenAsync(answer, host.Name, host.Limits, host.Time, cancellationToken).ConfigureAwait(false);
        byte[] bytes = await body.ReadAllAsync(ManifestReading.MostManifestBytes, cancellationToken).ConfigureAwait(false);
        return ManifestAnswer.Read(bytes, answer, target, host.Name);
    }

    private async Task FillOnceAsync(RegistryRequest request, Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        long end = offset + destination.Length;
        using HttpResponseMessage answer = await SendAsync(request, blob, offset, end, cancellationToken).ConfigureAwait(false);
        long beginning = BlobAnswer.BeginningOf(answer, host.Name, blob, offset, end);
        bool isWhole = answer.StatusCode == HttpStatusCode.OK;
        if (isWhole && offset > MostSkippedBytes)
        {
            throw new RequestException(ImageError.Unsupported, $"{host.Name} ignores ranges; read the whole blob");
        }

        BodyReader reader = await BodyReader.OpenAsync(answer, host.Name, host.Limits, host.Time, cancellationToken).ConfigureAwait(false);
        await reader.SkipAsync(offset - beginning, cancellationToken).ConfigureAwait(false);
        await reader.FillAsync(destination, arrived, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(RegistryRequest request, Descriptor blob, long offset, long? end, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await host.SendAsync(request with { Prepare = message => BlobAnswer.AskFor(message, offset, end) }, cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return answer;
        }

        using (answer)
        {
            throw BlobAnswer.OutOfRange(answer, host.Name, blob);
        }
    }

    /// <summary>What requests for manifests are for, to follow "cannot".</summary>
    public string ActOnManifest => $"read the manifest of '{name}'";

    /// <summary>What requests for referrers are for.</summary>
    public string ActOnReferrers => new ReferrersReading(host, scope, endpoint, name).Act;

    /// <summary>What a blob's requests are for, to follow "cannot".</summary>
    public string ActOn(Descriptor blob) => $"read the blob {blob.Digest.Algorithm}:{blob.Digest.Short} of '{name}'";

    private RegistryRequest AskForBlob(Descriptor blob) => Ask(ActOn(blob), HttpMethod.Get, $"blobs/{blob.Digest}") with
    {
        Expected = [HttpStatusCode.RequestedRangeNotSatisfiable],
        Redirect = redirects.GetOrAdd(blob.Digest, _ => new RedirectMemory()),
    };

    private RegistryRequest Ask(string act, HttpMethod method, string rest) => new(act, method, $"/v2/{endpoint.Repository}/{rest}", scope, endpoint.Repository);

    private static void AcceptManifests(HttpRequestMessage message)
    {
        foreach (string type in MediaTypes.Accepted)
        {
            message.Headers.TryAddWithoutValidation("Accept", type);
        }
    }
}
