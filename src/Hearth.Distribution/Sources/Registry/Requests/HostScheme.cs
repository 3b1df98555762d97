using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Requests;

/// <summary>
/// Whether a host has HTTPS. All have to, but for this machine and registries that the user calls insecure: these are tried
/// with HTTPS, and then asked by plain HTTP.
/// </summary>
internal sealed class HostScheme(string authority, bool isInsecure, HostConnections connections, RegistryLimits limits, TimeProvider time)
{
    private volatile Uri? root;

    /// <summary>The registry's root; null before <see cref="RootAsync"/>.</summary>
    public Uri? Root => root;

    /// <exception cref="ImageException">The host's name is no name.</exception>
    public async Task<Uri> RootAsync(CancellationToken cancellationToken)
    {
        if (root is { } known)
        {
            return known;
        }

        if (!Uri.TryCreate($"https://{authority}/", UriKind.Absolute, out Uri? secure))
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot use the registry '{authority}': it is not a host's name");
        }

        bool isSecure = (!isInsecure && !Loopback.Includes(secure.Host)) || await HasTlsAsync(secure, cancellationToken).ConfigureAwait(false);
        root = isSecure ? secure : new Uri($"http://{authority}/");
        return root;
    }

    private async Task<bool> HasTlsAsync(Uri secure, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(secure, "v2/"));
        try
        {
            using HttpResponseMessage answer = await Deadline.WithinAsync(
                limits.ConnectTimeout, "", token => connections.SendAsync(request, isInsecure, token), time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HttpRequestException exception)
        {
            // A host that shows a certificate has TLS: the request itself will say what is wrong with it.
            return exception.InnerException is UntrustedCertificateException;
        }
        catch (RequestException)
        {
            return false;
        }
    }
}
