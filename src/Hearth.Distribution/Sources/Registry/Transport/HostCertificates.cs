using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>
/// The certificates of one host in directories such as /etc/docker/certs.d: <c>*.crt</c> are authorities that count for the
/// host besides the system's, <c>NAME.cert</c> with <c>NAME.key</c> is what the client shows.
/// </summary>
internal sealed class HostCertificates
{
    private readonly X509Certificate2Collection authorities = [];

    private HostCertificates()
    {
    }

    public X509Certificate2Collection OfClient { get; } = [];

    /// <exception cref="ImageException">A file is no certificate, or cannot be read.</exception>
    public static HostCertificates Read(IReadOnlyList<string> directories, string host)
    {
        HostCertificates certificates = new();
        foreach (string directory in directories.Select(directory => Path.Combine(directory, host)).Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
            {
                certificates.Add(file);
            }
        }

        return certificates;
    }

    /// <summary>Checks that a host's certificate is valid by the system's authorities, or by one of these.</summary>
    /// <exception cref="UntrustedCertificateException">It is not.</exception>
    public bool Verify(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None || (errors == SslPolicyErrors.RemoteCertificateChainErrors && certificate is X509Certificate2 shown && IsOfAuthorities(shown, chain)))
        {
            return true;
        }

        throw new UntrustedCertificateException(errors switch
        {
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) => $"{host} shows no certificate",
            _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => $"the certificate of {host} is for another name",
            _ when chain?.ChainStatus.Any(status => status.Status.HasFlag(X509ChainStatusFlags.NotTimeValid)) == true => $"the certificate of {host} has expired, or is not valid yet",
            _ => $"the certificate of {host} is signed by an unknown authority; put the authority's certificate into /etc/docker/certs.d/{host}/ca.crt",
        });
    }

    private bool IsOfAuthorities(X509Certificate2 shown, X509Chain? chain)
    {
        if (authorities.Count == 0)
        {
            return false;
        }

        using X509Chain own = new();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (X509ChainElement element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return own.Build(shown);
    }

    private void Add(string file)
    {
        try
        {
            switch (Path.GetExtension(file))
            {
                case ".crt":
                    authorities.ImportFromPemFile(file);
                    break;
                case ".cert":
                    OfClient.Add(X509Certificate2.CreateFromPemFile(file, Path.ChangeExtension(file, ".key")));
                    break;
            }
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot use the certificate '{file}': {exception.Message.TrimEnd('.')}", exception);
        }
    }
}
