using System.Security.Cryptography;
using System.Text;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Firecracker;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>
/// The downloads of the worker image on loopback: archives laid out as Firecracker's releases are, with scripts that only print
/// their version, and this checkout's kernel under the release of Firecracker's own.
/// </summary>
internal sealed class StandInReleases : IAsyncDisposable
{
    /// <summary>The right release.</summary>
    public const string Good = "good";

    /// <summary>Its archive is not the one whose digest is beside it.</summary>
    public const string Damaged = "damaged";

    /// <summary>Its jailer is not the one in the archive's list of digests.</summary>
    public const string Replaced = "replaced";

    private const string KernelBanner = "Linux version ";

    private readonly Dictionary<string, byte[]> files = [];
    private readonly TestServer server;

    public StandInReleases(Sandbox sandbox)
    {
        byte[] good = Pack(sandbox, Good, hasWrongDigest: false);
        Publish(Good, good, good);
        Publish(Damaged, [.. good, 0], good);
        byte[] replaced = Pack(sandbox, Replaced, hasWrongDigest: true);
        Publish(Replaced, replaced, replaced);
        byte[] kernel = MakeKernel();
        KernelDigest = Convert.ToHexStringLower(SHA256.HashData(kernel));
        files[$"/kernels/{FirecrackerRelease.KernelFolder}/x86_64/vmlinux-{FirecrackerRelease.KernelVersion}"] = kernel;
        server = new TestServer(async (exchange, cancellationToken) =>
        {
            bool exists = files.TryGetValue(exchange.Path, out byte[]? content);
            await exchange.AnswerAsync(exists ? 200 : 404, content ?? [], cancellationToken);
        });
    }

    /// <summary>The digest of the kernel that is offered.</summary>
    public string KernelDigest { get; }

    public string Kernels => $"http://{server.Host}/kernels";

    /// <summary>The place of a release's files: a value for FIRECRACKER_RELEASES.</summary>
    public string At(string name) => $"http://{server.Host}/{name}";

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static byte[] Pack(Sandbox sandbox, string name, bool hasWrongDigest)
    {
        string version = "v" + FirecrackerRelease.Version;
        string firecracker = $"#!/bin/sh\necho 'Firecracker {version}'\n", jailer = $"#!/bin/sh\necho 'Jailer {version}'\n";
        string digests = $"{DigestOf(firecracker)}  firecracker-{version}-x86_64\n{DigestOf(hasWrongDigest ? "another" : jailer)}  jailer-{version}-x86_64\n";
        string folder = $"release-{version}-x86_64";
        string tree = sandbox.MakeTree(
            name, ($"{folder}/firecracker-{version}-x86_64", firecracker), ($"{folder}/jailer-{version}-x86_64", jailer), ($"{folder}/SHA256SUMS", digests));
        Command.Tool("tar", "-czf", tree + ".tgz", "-C", tree, folder);
        return File.ReadAllBytes(tree + ".tgz");
    }

    private static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private void Publish(string name, byte[] archive, byte[] digested)
    {
        string file = $"firecracker-v{FirecrackerRelease.Version}-x86_64.tgz", path = $"/{name}/v{FirecrackerRelease.Version}/{file}";
        files[path] = archive;
        files[path + ".sha256.txt"] = Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(SHA256.HashData(digested))}  {file}\n");
    }

    /// <summary>An import names a kernel by the release that its banner has, and would replace the one with modules that guests boot.</summary>
    private static byte[] MakeKernel()
    {
        string store = Directory.GetDirectories(Path.Combine(Programs.Artifacts, "share/hearth/kernels"))[0];
        byte[] kernel = File.ReadAllBytes(Path.Combine(store, "vmlinux"));
        byte[] banner = Encoding.ASCII.GetBytes(KernelBanner + Path.GetFileName(store)), other = Encoding.ASCII.GetBytes((KernelBanner + FirecrackerRelease.KernelVersion).PadRight(banner.Length, 'x'));
        for (int at; (at = kernel.AsSpan().IndexOf(banner)) >= 0;)
        {
            other.CopyTo(kernel, at);
        }

        return kernel;
    }
}
