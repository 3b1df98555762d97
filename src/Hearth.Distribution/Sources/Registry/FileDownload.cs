using System.Net;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>
/// The file at an http or https address, from its beginning to its end. The proxies, certificates and time limits are those of
/// registries. A download is not resumed: the file may have changed meanwhile.
/// </summary>
public sealed class FileDownload : ForwardStream
{
    /// <summary>As curl's and Go's usual limits are: 50 and 10.</summary>
    private const int MostRedirects = 10;

    private readonly Uri address;
    private readonly RegistrySettings settings;
    private readonly TimeProvider time;
    private readonly HostConnections connections;
    private HttpResponseMessage? answer;
    private BodyReader? body;

    private FileDownload(Uri address, RegistrySettings settings, TimeProvider time)
    {
        this.address = address;
        this.settings = settings;
        this.time = time;
        connections = new HostConnections(settings);
    }

    private string Act => $"fetch '{address}'";

    /// <summary>Whether a text is an address rather than a path.</summary>
    public static bool IsAddress(string text) => text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens the file. What may pass is tried again.</summary>
    /// <param name="text">The address.</param>
    /// <param name="settings">Proxies, certificates and limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">The address is malformed, or the file cannot be had.</exception>
    public static async Task<FileDownload> OpenAsync(string text, RegistrySettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || address.Host.Length == 0)
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot fetch '{text}': it is no address such as https://HOST/FILE");
        }

        if (address.UserInfo.Length > 0)
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot fetch a file of {address.Host}: passwords in addresses are not used; fetch it by another program, and give the file");
        }

        FileDownload download = new(address, settings, time);
        try
        {
            await download.BeginAsync(cancellationToken).ConfigureAwait(false);
            return download;
        }
        catch
        {
            await download.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="ImageException">The connection broke or stalled.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await body!.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestException exception)
        {
            throw new ImageException(exception.Error, $"cannot {Act}: {exception.Message}; try again", exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Blocks the thread; for readers that have one of their own.</summary>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            answer?.Dispose();
            connections.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        answer = await new Retrying(settings.Limits, time).RunAsync(Act, FollowAsync, cancellationToken).ConfigureAwait(false);
        body = await BodyReader.OpenAsync(answer, answer.RequestMessage!.RequestUri!.Authority, settings.Limits, time, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> FollowAsync(CancellationToken cancellationToken)
    {
        Uri at = address;
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage given = await SendAsync(at, cancellationToken).ConfigureAwait(false);
            if (given.StatusCode == HttpStatusCode.OK)
            {
                return given;
            }

            if ((int)given.StatusCode is not (301 or 302 or 303 or 307 or 308))
            {
                RequestException failure = await ErrorAnswer.ReadAsync(given, at.Authority, settings.Limits, time, cancellationToken).ConfigureAwait(false);
                throw new RequestException(failure.Error, $"{failure.Message}; check the address") { IsTransient = failure.IsTransient, Pause = failure.Pause, Status = failure.Status };
            }

            using (given)
            {
                Uri next = AnswerLocation.Of(given) ?? throw new RequestException(ImageError.RegistryFault, $"{at.Authority} redirects without saying where");
                at = redirects == MostRedirects ? throw new RequestException(ImageError.RegistryFault, $"{at.Authority} redirects more than {MostRedirects} times")
                    : next.Scheme == Uri.UriSchemeHttps || (next.Scheme == Uri.UriSchemeHttp && at.Scheme == Uri.UriSchemeHttp) ? next
                    : throw new RequestException(ImageError.RegistryFault, $"{at.Authority} redirects to '{next.Scheme}://{next.Authority}', which is not protected by TLS");
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri at, CancellationToken cancellationToken)
    {
        HttpRequestMessage request = new(HttpMethod.Get, at);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        try
        {
            return await Deadline.WithinAsync(
                settings.Limits.AnswerTimeout,
                $"{at.Authority} does not answer within {settings.Limits.AnswerTimeout.TotalSeconds:0.#} s",
                token => connections.SendAsync(request, isInsecure: false, token),
                time,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (RequestException.IsOfConnection(exception))
        {
            throw RequestException.From(exception, at.Authority);
        }
    }
}
