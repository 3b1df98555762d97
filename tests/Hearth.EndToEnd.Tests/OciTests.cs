using System.Text.Json;
using Hearth.EndToEnd.Tests.Engines;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth oci</c> called as an engine calls it, for what no engine here asks.</summary>
public sealed class OciTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Events_tell_what_a_container_uses_that_memory_ran_out_and_end_with_it()
    {
        string bundle = MakeBundle("tail /dev/zero; exit $?", memoryBytes: 64 << 20);
        Oci($"create --bundle {bundle} hungry");
        using Command events = sandbox.StartProgram(Programs.HearthOci, "--root", sandbox.RunDirectory, "events", "--interval", "1s", "hungry");
        events.WaitForOutput("""{"type":"stats","id":"hungry","data":{""");

        Oci("start hungry");
        CommandResult told = events.Wait();

        Assert.Equal(0, told.ExitCode);
        Assert.Single(told.OutputText.Split('\n'), line => line == """{"type":"oom","id":"hungry"}""");
        Sandbox.WaitUntil(() => JsonDocument.Parse(Oci("state hungry")).RootElement.GetProperty("status").GetString() == "stopped", "the end of the container");
        Oci("delete hungry");
    }

    /// <summary>By a shell that leaves the container nothing of the test's own streams.</summary>
    private string Oci(string commandLine)
    {
        string output = sandbox.PathOf("output");
        using Command command = sandbox.StartProgram("sh", "-c", $"{Programs.HearthOci} --root {sandbox.RunDirectory} {commandLine} </dev/null >{output} 2>&1");
        Assert.True(command.Wait().ExitCode == 0, $"{commandLine}: {File.ReadAllText(output)}");
        return File.ReadAllText(output);
    }

    private string MakeBundle(string script, long memoryBytes)
    {
        EngineWrapper.MakeRoot(sandbox);
        File.CreateSymbolicLink(sandbox.PathOf("rootfs/bin/tail"), "busybox");
        File.WriteAllText(sandbox.PathOf("config.json"), JsonSerializer.Serialize(new
        {
            ociVersion = "1.0.2",
            root = new { path = "rootfs" },
            process = new { args = (string[])["sh", "-c", script], cwd = "/", env = (string[])["PATH=/bin"], user = new { uid = 0, gid = 0 } },
            linux = new { resources = new { memory = new { limit = memoryBytes } } },
        }));
        return sandbox.Root;
    }
}
