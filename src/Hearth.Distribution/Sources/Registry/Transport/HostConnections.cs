using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>
/// The connections to all hosts, kept open between requests. Each host has its own certificates. HTTP/1.1, so that requests
/// that run at once have connections of their own: one that starves holds up no other. Thread-safe.
/// </summary>
internal sealed class HostConnections : IDisposable
{
    /// <summary>In KiB, for all headers of an answer.</summary>
    private const int MostHeaderKibibytes = 64;

    private static readonly TimeSpan longestLife = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan longestIdleness = TimeSpan.FromSeconds(60);

    private readonly RegistrySettings settings;
    private readonly HostProxy? proxy;
    private readonly ConcurrentDictionary<(string Host, bool IsInsecure), Lazy<HttpMessageInvoker>> hosts = new();

    /// <exception cref="ImageException">A proxy's address is malformed.</exception>
    public HostConnections(RegistrySettings settings)
    {
        this.settings = settings;
        proxy = settings.Proxy is null ? null : new HostProxy(settings.Proxy);
    }

    /// <summary>Sends a request and reads the answer's headers. Follows no redirect.</summary>
    /// <param name="request">With an absolute address.</param>
    /// <param name="isInsecure">Any certificate will do.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HttpRequestException">The host cannot be reached, or its certificate is not valid.</exception>
    /// <exception cref="ImageException">The host's certificate files cannot be used.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool isInsecure, CancellationToken cancellationToken)
    {
        Uri uri = request.RequestUri!;
        request.Headers.UserAgent.TryParseAdd(settings.UserAgent);
        string host = uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";
        return hosts.GetOrAdd((host, isInsecure), key => new Lazy<HttpMessageInvoker>(() => Connect(key.Host, key.IsInsecure))).Value.SendAsync(request, cancellationToken);
    }

    public void Dispose()
    {
        foreach (Lazy<HttpMessageInvoker> host in hosts.Values.Where(host => host.IsValueCreated))
        {
            host.Value.Dispose();
        }
    }

    private HttpMessageInvoker Connect(string host, bool isInsecure)
    {
        HostCertificates certificates = HostCertificates.Read(settings.CertificateDirectories, host);
        return new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = proxy is not null,
            Proxy = proxy,
            ActivityHeadersPropagator = null,
            ConnectTimeout = settings.Limits.ConnectTimeout,
            MaxConnectionsPerServer = settings.Limits.MostConnections,
            MaxResponseHeadersLength = MostHeaderKibibytes,
            PooledConnectionLifetime = longestLife,
            PooledConnectionIdleTimeout = longestIdleness,
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = certificates.OfClient,
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => isInsecure || certificates.Verify(host, certificate, chain, errors),
            },
        });
    }
}
