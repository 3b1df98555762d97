using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Containers;
using Hearth.Control;
using Hearth.Linux.Sockets;

namespace Hearth.Remote;

/// <summary>Requests to one worker. Its errors arrive as the exceptions that the same operation throws on its host.</summary>
public sealed class WorkerConnection : IDisposable
{
    private static readonly TimeSpan connectTimeout = TimeSpan.FromSeconds(15);

    private readonly HttpClient client;

    /// <param name="access">Where it is.</param>
    /// <exception cref="HearthException">A certificate cannot be read.</exception>
    public WorkerConnection(HostAccess access)
    {
        Access = access;
        SocketsHttpHandler handler = new() { ConnectTimeout = connectTimeout, UseProxy = false, AllowAutoRedirect = false, ConnectCallback = ConnectAsync };
        handler.SslOptions.CertificateChainPolicy = access.ReadAuthority();
        if (access.ReadCertificate() is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, access.ReadChain(), offline: true);
        }

        client = new HttpClient(handler) { BaseAddress = access.Base, Timeout = Timeout.InfiniteTimeSpan };
        // hearthd answers this client with its own sentences, and others with docker's.
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("hearth", productVersion: null));
        if (access.Token is { } token)
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    internal HostAccess Access { get; }

    public void Dispose() => client.Dispose();

    /// <summary>Asks for an object.</summary>
    internal async Task<T> ReadAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        return await AnswerAsync(request, type, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends an object, and reads the one that answers it.</summary>
    internal async Task<TAnswer> SendAsync<TBody, TAnswer>(HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> type, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, path) { Content = ContentOf(body, type) };
        return await AnswerAsync(request, answerType, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends an object whose answer says nothing.</summary>
    internal async Task SendAsync<TBody>(HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> type, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, path) { Content = ContentOf(body, type) };
        using HttpResponseMessage answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request whose answer says nothing.</summary>
    internal async Task SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, path);
        using HttpResponseMessage answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request, and reads the object that answers it.</summary>
    internal async Task<T> AnswerAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await JsonSerializer.DeserializeAsync(body, type, cancellationToken).ConfigureAwait(false) ?? throw new JsonException("it is null");
        }
        catch (Exception exception) when (exception is JsonException or IOException or HttpRequestException)
        {
            throw Failed($"its answer to {request.Method} {request.RequestUri} cannot be read: {exception.Message}; it may be of another version than this hearth", exception);
        }
    }

    /// <summary>Sends a request. The answer's body is still to be read.</summary>
    /// <exception cref="HearthException">The worker cannot be reached, or refuses.</exception>
    internal async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw Unreachable(exception);
        }

        if (answer.IsSuccessStatusCode || answer.StatusCode is HttpStatusCode.NotModified or HttpStatusCode.SwitchingProtocols)
        {
            return answer;
        }

        using (answer)
        {
            throw await WorkerErrors.ReadAsync(answer, request, Access, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Makes a connection to a keeper of a request.</summary>
    /// <returns>The connection, and the milliseconds for which a start has waited.</returns>
    internal async Task<(ControlConnection Connection, long QueuedMs)> UpgradeAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, path) { Version = HttpVersion.Version11 };
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue(ControlTunnel.Protocol));
        HttpResponseMessage answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            using (answer)
            {
                throw Failed($"it answered {(int)answer.StatusCode} to {method} {path}, and not with a connection; something between may not pass on the header Upgrade");
            }
        }

        long queued = answer.Headers.TryGetValues(ControlTunnel.QueuedHeader, out IEnumerable<string>? values) && long.TryParse(values.First(), out long read) ? read : 0;
        return (new ControlTunnel(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false)).Connection, queued);
    }

    /// <summary>A connection that ended before its answer was complete.</summary>
    internal HearthException Lost(string next) => new(HearthError.HostUnsuitable, $"the connection to the worker at {Access} was lost: {next}");

    private static ByteArrayContent ContentOf<T>(T body, JsonTypeInfo<T> type)
    {
        ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Connects. A peer that has disappeared is noticed by the kernel.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket socket = Access.Address.SocketPath is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (Access.Address.SocketPath is { } path)
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                TcpKeepAlive.Enable(socket);
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>.NET's words for a missing file are about addresses.</summary>
    private string CauseOf(Exception cause) =>
        Access.Address.SocketPath is not null && cause is SocketException { SocketErrorCode: SocketError.AddressNotAvailable } ? "there is no such socket" : cause.Message.TrimEnd('.');

    private HearthException Failed(string why, Exception? inner = null) => new(HearthError.HostUnsuitable, $"cannot use the worker at {Access}: {why}", inner);

    /// <summary>Reads the worker's metrics (Prometheus text).</summary>
    /// <exception cref="HearthException">The worker cannot be reached, or refuses.</exception>
    public async Task<string> ReadMetricsAsync(CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "metrics");
        using HttpResponseMessage answer = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        return await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    private HearthException Unreachable(Exception exception)
    {
        Exception cause = exception;
        while (cause is not AuthenticationException && cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause is AuthenticationException
            ? new HearthException(HearthError.HostUnsuitable, $"cannot trust the worker at {Access}: {cause.Message}; --tls-ca names who signed its certificate", exception)
            : new HearthException(
                HearthError.HostUnsuitable,
                $"cannot reach the worker at {Access}: {CauseOf(cause)}; check that hearthd listens there{(Access.IsSecure && Access.Certificate is null ? ", and whether it wants a certificate (--tls-cert)" : "")}",
                exception);
    }
}
