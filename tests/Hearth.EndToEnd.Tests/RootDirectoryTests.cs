using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>The machine's own root as a guest's: the first thing the README tells a newcomer to try.</summary>
public sealed class RootDirectoryTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void The_machines_own_root_boots_and_little_of_it_is_read()
    {
        string report = sandbox.PathOf("report.json");
        CommandResult result = sandbox.RunExpecting(0, "run", "--report", report, "/", "--", "uname", "-a");

        Assert.StartsWith("Linux ", result.OutputText);
        JsonElement rootfs = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("rootfs");
        Assert.InRange(rootfs.GetProperty("bytesRead").GetInt64(), 1, 4_000_000);
        Assert.True(rootfs.GetProperty("imageBytes").GetInt64() > 1_000_000_000, "the machine's root holds more than a gigabyte");
    }

    [Fact]
    public void A_real_program_of_the_machine_runs()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--memory", "1g", "/", "--", "perl", "-MFile::Find", "-e", "print 6*7, qq(\\n)");

        Assert.Equal("42\n", result.OutputText);
    }
}
