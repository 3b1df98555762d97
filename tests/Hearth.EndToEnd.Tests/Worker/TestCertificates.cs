using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>
/// An authority of its own, with a certificate for 127.0.0.1 and one for a client, in docker's file names. Another authority below it signs both, whose
/// certificate only their files have: who trusts the first needs the whole chain.
/// </summary>
internal static class TestCertificates
{
    public static void Make(string directory)
    {
        Directory.CreateDirectory(directory);
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256), key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 root = RequestAuthority("CN=test authority", rootKey).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(directory, "ca.pem"), root.ExportCertificatePem());
        using X509Certificate2 signed = RequestAuthority("CN=test authority below", key).Create(root, root.NotBefore, root.NotAfter, NewNumber());
        using X509Certificate2 authority = signed.CopyWithPrivateKey(key);
        Issue(authority, directory, "server-", "1.3.6.1.5.5.7.3.1");
        Issue(authority, directory, "", "1.3.6.1.5.5.7.3.2");
    }

    private static CertificateRequest RequestAuthority(string name, ECDsa key)
    {
        CertificateRequest request = new(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request;
    }

    private static void Issue(X509Certificate2 authority, string directory, string prefix, string purpose)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=test", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using X509Certificate2 issued = request.Create(authority, authority.NotBefore, authority.NotAfter, NewNumber());
        File.WriteAllText(Path.Combine(directory, $"{prefix}cert.pem"), $"{issued.ExportCertificatePem()}\n{authority.ExportCertificatePem()}\n");
        File.WriteAllText(Path.Combine(directory, $"{prefix}key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private static byte[] NewNumber() => RandomNumberGenerator.GetBytes(8);
}
