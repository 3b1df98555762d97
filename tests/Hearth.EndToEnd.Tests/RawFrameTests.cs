using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;

namespace Hearth.EndToEnd.Tests;

/// <summary>Root of a guest sends frames of its own making through the machine's network device.</summary>
public sealed class RawFrameTests : IDisposable
{
    private const int Forged = 8;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Forged_frames_of_a_guest_are_dropped_and_counted_and_its_own_pass() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        Command.Tool("clang", "-static", "-O1", "-o", Path.Combine(tree, "bin/frames"), Path.Combine(AppContext.BaseDirectory, "Support/frames.c"));
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", tree, "sleep", "1000");
        string own = sandbox.Inspect("box", "NetworkSettings.Networks.nat.IPAddress");
        Assert.Equal(OutsideHost.HostAddress, Ask());
        long before = CountForged();

        Assert.Equal($"{Forged} frames", sandbox.Hearth("exec", "box", "frames", own, "172.29.0.1"));

        Sandbox.WaitUntil(() => CountForged() >= before + Forged, "the count of forged frames");
        Assert.Equal(before + Forged, CountForged());
        Assert.Equal(OutsideHost.HostAddress, Ask());
        sandbox.Hearth("rm", "-f", "box");
    });

    private string Ask() => sandbox.Hearth("exec", "box", "sh", "-c", $"busybox nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null");

    private static long CountForged()
    {
        using NfTables tables = NfTables.TryOpen()!;
        return JsonDocument.Parse(tables.TryList("list counter bridge hearth0 forged")!).RootElement.GetProperty("nftables").EnumerateArray()
            .Where(entry => entry.TryGetProperty("counter", out JsonElement _)).Sum(entry => entry.GetProperty("counter").GetProperty("packets").GetInt64());
    }
}
