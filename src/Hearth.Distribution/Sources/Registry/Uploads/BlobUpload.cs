using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Requests;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Uploads;

/// <summary>
/// Sends one blob (distribution-spec, pushing blobs). A small one goes with one request. A large one is streamed; after a
/// failure the registry is asked how much of it arrived, and the rest follows. If the registry takes no requests that large,
/// the blob goes in parts.
/// </summary>
internal sealed class BlobUpload(RegistryHost host, RegistryScope scope, string repository, string act, Descriptor blob, Func<long, CancellationToken, Task<Stream>> open)
{
    private const long MostBytesAtOnce = 1 << 20;

    /// <summary>What proxies before registries take if they take little; Amazon's registry wants at least 5 MiB.</summary>
    private const long LargePartBytes = 32 << 20;
    private const long SmallPartBytes = 8 << 20;
    private const int MostBeginnings = 3;

    private long partBytes = long.MaxValue;

    /// <exception cref="ImageException">The registry cannot be written, or the bytes have another digest.</exception>
    public async Task SendAsync(string? begun, CancellationToken cancellationToken)
    {
        for (int beginnings = 1; ; beginnings++)
        {
            string location = begun ?? await BeginAsync(cancellationToken).ConfigureAwait(false);
            begun = null;
            try
            {
                await SendToAsync(location, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (RequestException exception) when (exception.Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.RequestedRangeNotSatisfiable && beginnings < MostBeginnings)
            {
                // The registry has forgotten the upload, or something else than what was sent.
            }
            catch (RequestException exception)
            {
                throw new ImageException(exception.Error, $"cannot {act}: {exception.Message}", exception);
            }
        }
    }

    private Task<string> BeginAsync(CancellationToken cancellationToken) =>
        host.AskAsync(Ask(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/"), (answer, _) => Task.FromResult(UploadAnswer.LocationOf(answer, host.Name)), cancellationToken);

    private async Task SendToAsync(string location, CancellationToken cancellationToken)
    {
        if (blob.Size <= MostBytesAtOnce)
        {
            await FinishAsync(location, 0, cancellationToken).ConfigureAwait(false);
            return;
        }

        int failures = 0;
        long furthest = 0;
        for (long offset = 0; offset < blob.Size;)
        {
            try
            {
                (location, long next) = await SendPartAsync(location, offset, cancellationToken).ConfigureAwait(false);
                if (next <= offset)
                {
                    throw new RequestException(ImageError.RegistryFault, $"{host.Name} keeps nothing of what is sent") { IsTransient = true };
                }

                failures = next > furthest ? 0 : failures;
                (offset, furthest) = (next, Math.Max(furthest, next));
            }
            catch (RequestException exception) when (exception.Status == HttpStatusCode.RequestEntityTooLarge && partBytes > SmallPartBytes)
            {
                UseSmallerParts();
            }
            catch (RequestException exception) when (exception.IsTransient)
            {
                await host.Retrying.PauseAsync(act, ++failures, exception, cancellationToken).ConfigureAwait(false);
                (location, long next) = await FindAsync(location, cancellationToken).ConfigureAwait(false);
                if (next <= offset)
                {
                    // A proxy that takes no requests that large may close the connection before its answer can be read.
                    UseSmallerParts();
                }

                offset = next;
            }
        }

        await FinishAsync(location, blob.Size, cancellationToken).ConfigureAwait(false);
    }

    private void UseSmallerParts() => partBytes = partBytes > LargePartBytes ? LargePartBytes : SmallPartBytes;

    private async Task<(string Location, long Next)> SendPartAsync(string location, long offset, CancellationToken cancellationToken)
    {
        long length = Math.Min(partBytes, blob.Size - offset);
        RegistryRequest request = Ask(HttpMethod.Patch, location) with { Content = allow => Part(offset, length, allow) };
        using HttpResponseMessage answer = await host.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return (UploadAnswer.LocationOf(answer, host.Name), UploadAnswer.EndOf(answer) ?? (offset + length));
    }

    /// <summary>Asks how much the registry has, until it answers: what broke the upload may last.</summary>
    /// <exception cref="RequestException">It has forgotten the upload.</exception>
    /// <exception cref="ImageException">It does not answer.</exception>
    private async Task<(string Location, long Next)> FindAsync(string location, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                using HttpResponseMessage answer = await host.SendAsync(Ask(HttpMethod.Get, location), cancellationToken).ConfigureAwait(false);
                return (answer.Headers.Location is null ? location : UploadAnswer.LocationOf(answer, host.Name), UploadAnswer.EndOf(answer) ?? 0);
            }
            catch (RequestException exception) when (exception.IsTransient)
            {
                await host.Retrying.PauseAsync(act, failures, exception, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task FinishAsync(string location, long sent, CancellationToken cancellationToken)
    {
        RegistryRequest request = Ask(HttpMethod.Put, UploadAnswer.WithDigest(location, blob.Digest)) with
        {
            Content = allow => Part(sent, blob.Size - sent, allow),
        };
        int failures = 0;
        while (true)
        {
            try
            {
                using HttpResponseMessage answer = await host.SendAsync(request, cancellationToken).ConfigureAwait(false);
                UploadAnswer.Check(answer, host.Name, blob.Digest);
                return;
            }
            catch (RequestException exception) when (exception.IsTransient || exception.Status == HttpStatusCode.NotFound)
            {
                // The answer may have been lost, not the request.
                if (await BlobPresence.IsThereAsync(host, Ask(HttpMethod.Head, $"/v2/{repository}/blobs/{blob.Digest}"), cancellationToken).ConfigureAwait(false))
                {
                    return;
                }

                await PauseAsync(exception, ++failures, sent == blob.Size, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A body that has been sent in part is not sent again to the same upload.</summary>
    private Task PauseAsync(RequestException exception, int failures, bool isEmpty, CancellationToken cancellationToken) => exception.IsTransient && isEmpty
        ? host.Retrying.PauseAsync(act, failures, exception, cancellationToken)
        : throw new RequestException(exception.Error, exception.Message, exception) { Status = HttpStatusCode.NotFound };

    private UploadContent Part(long offset, long length, Action<TimeSpan> allow)
    {
        UploadContent content = new(open, offset, length, host.Limits, allow);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (length > 0 && length < blob.Size)
        {
            content.Headers.TryAddWithoutValidation("Content-Range", string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + length - 1}"));
        }

        return content;
    }

    private RegistryRequest Ask(HttpMethod method, string address) => new(act, method, address, scope, repository);
}
