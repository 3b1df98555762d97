using System.Diagnostics;
using System.Security.Cryptography;
using Hearth.Firecracker;

namespace Hearth.Machines.Tests.Packaging;

/// <summary>What <c>./dev firecracker</c> does without a network: it takes what is named, and keeps nothing that is not what it should be.</summary>
public sealed class HarnessTests : IDisposable
{
    private const string Program = "#!/bin/sh\necho Firecracker of a test\n";

    private readonly TemporaryDirectory directory = new();
    private readonly Dictionary<string, string> environment = [];

    private string Place => directory["place"];

    public HarnessTests()
    {
        environment["HEARTH_FIRECRACKER_DIRECTORY"] = Place;
        environment["HEARTH_FIRECRACKER_RELEASES"] = "file://" + directory["releases"];
        environment["HEARTH_FIRECRACKER_KERNELS"] = "file://" + directory["kernels"];
        environment["HEARTH_FIRECRACKER"] = "";
        environment["HEARTH_FIRECRACKER_KERNEL"] = directory.Write("vmlinux", "a kernel"u8);
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Setup_keeps_a_release_that_is_what_its_digest_says()
    {
        PublishRelease();

        (int exitCode, string errors) = Run("setup");

        Assert.True(exitCode == 0, errors);
        Assert.Contains("Firecracker of a test", errors, StringComparison.Ordinal);
        Assert.Equal(["bin", "bin/firecracker", "bin/jailer"], Kept());
    }

    [Fact]
    public void Setup_keeps_nothing_of_a_release_that_was_changed()
    {
        string archive = PublishRelease();
        using (FileStream file = File.OpenWrite(archive))
        {
            file.Position = file.Length;
            file.WriteByte(0);
        }

        (int exitCode, string errors) = Run("setup");

        Assert.Equal(1, exitCode);
        Assert.Contains("is not what its published digest says: nothing was kept", errors, StringComparison.Ordinal);
        Assert.Empty(Kept());
    }

    [Fact]
    public void Setup_keeps_nothing_of_a_kernel_that_is_not_the_pinned_one()
    {
        PublishRelease();
        directory.Write($"kernels/{FirecrackerRelease.KernelFolder}/x86_64/vmlinux-{FirecrackerRelease.KernelVersion}", "another kernel"u8);
        environment["HEARTH_FIRECRACKER_KERNEL"] = "";

        (int exitCode, string errors) = Run("setup");

        Assert.Equal(1, exitCode);
        Assert.Contains("is not the one that is pinned: nothing was kept", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Kept(), name => name.Contains("vmlinux", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_network_setup_says_what_to_name()
    {
        (int exitCode, string errors) = Run("setup");

        Assert.Equal(1, exitCode);
        Assert.Contains("HEARTH_FIRECRACKER=", errors, StringComparison.Ordinal);
        Assert.Empty(Kept());
    }

    [Fact]
    public void What_is_named_is_taken_and_must_be_there()
    {
        environment["HEARTH_FIRECRACKER"] = WriteProgram("own");
        Assert.Equal(0, Run("setup").ExitCode);

        environment["HEARTH_FIRECRACKER"] = directory["missing"];
        (int exitCode, string errors) = Run("setup");

        Assert.Equal(1, exitCode);
        Assert.Contains(directory["missing"], errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Clean_removes_what_setup_kept()
    {
        PublishRelease();
        Run("setup");

        Assert.Equal(0, Run("clean").ExitCode);

        Assert.False(Directory.Exists(Place));
    }

    private string[] Kept() => !Directory.Exists(Place) ? [] :
        [.. Directory.EnumerateFileSystemEntries(Place, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Place, path)).Order(StringComparer.Ordinal)];

    private string WriteProgram(string name)
    {
        string path = directory.Write(name, System.Text.Encoding.UTF8.GetBytes(Program));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>An archive laid out as Firecracker's are, with its digest beside it.</summary>
    private string PublishRelease()
    {
        string version = "v" + FirecrackerRelease.Version;
        WriteProgram($"made/release/firecracker-{version}-x86_64");
        WriteProgram($"made/release/jailer-{version}-x86_64");
        string place = Directory.CreateDirectory(directory[$"releases/{version}"]).FullName;
        string archive = Path.Combine(place, $"firecracker-{version}-x86_64.tgz");
        using (Process tar = Process.Start("tar", ["-czf", archive, "-C", directory["made"], "release"]))
        {
            tar.WaitForExit();
            Assert.Equal(0, tar.ExitCode);
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(archive)));
        File.WriteAllText(archive + ".sha256.txt", $"{digest}  {Path.GetFileName(archive)}\n");
        return archive;
    }

    private (int ExitCode, string Errors) Run(string command)
    {
        ProcessStartInfo start = new(Path.Combine(Checkout.Root, "dev"), ["firecracker", command]) { RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
