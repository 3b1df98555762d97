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

    /// <summary>runc's states: what may be done before the start, while it runs, paused and after the end, and what it says of the rest.</summary>
    [Fact]
    public void A_container_is_joined_asked_for_and_refused_in_each_state_as_runc_does()
    {
        Oci($"create --bundle {MakeBundle("echo of the first; sleep 1000", memoryBytes: 64 << 20)} box");
        Assert.Equal("in created, beside 1\n", Oci("exec box sh -c 'echo in created, beside $(cat /proc/1/comm | wc -l)'"));
        Oci("kill box 0");
        Refuse(1, "container not paused", "resume box");
        Refuse(1, "create failed: container with given ID already exists", $"create --bundle {sandbox.Root} box");

        Oci("start box");
        Oci("kill box 0");
        Assert.Equal("in running\n", Oci("exec box echo in running"));
        Refuse(1, "cannot start an already running container", "start box");
        Refuse(1, "cannot delete container box that is not stopped: running", "delete box");
        Refuse(255, "exec failed: unable to start container process: exec: \"not-there\": executable file not found in $PATH", "exec box not-there");
        Refuse(255, "exec failed: unable to start container process: exec: \"/not/there\": stat /not/there: no such file or directory", "exec box /not/there");
        Refuse(255, "exec failed: unable to start container process: chdir to cwd (\"/missing\") set in config.json failed: no such file or directory", "exec --cwd /missing box true");
        Assert.Equal("no\n", Oci("exec box sh -c 'test -e /missing || echo no'"));

        Oci("pause box");
        Refuse(255, "exec failed: cannot exec in a paused container (use --ignore-paused to override)", "exec box true");
        Oci("resume box");

        Oci("kill box KILL");
        Sandbox.WaitUntil(() => JsonDocument.Parse(Oci("state box")).RootElement.GetProperty("status").GetString() == "stopped", "the end of the container");
        Refuse(255, "exec failed: cannot exec in a stopped container", "exec box true");
        Refuse(1, "container not running", "kill box 0");
        Refuse(1, "cannot start a container that has stopped", "start box");
        Oci("delete box");
        Refuse(1, "container does not exist", "state box");
        Refuse(255, "exec failed: container does not exist", "exec box true");
    }

    [Fact]
    public void A_command_that_is_missing_fails_the_creation_and_leaves_nothing()
    {
        string bundle = MakeBundle("true", memoryBytes: 64 << 20);
        string file = sandbox.PathOf("config.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("[\"sh\",", "[\"not-there\",", StringComparison.Ordinal));
        Refuse(1, "create failed: unable to start container process: exec: \"not-there\": executable file not found in $PATH", $"create --bundle {bundle} box");
        Refuse(1, "container does not exist", "state box");
        sandbox.AssertNothingLeft();
    }

    /// <summary>Ended between create and start: the process that waits goes with its machine.</summary>
    [Fact]
    public void A_container_that_was_never_started_is_killed_and_deleted()
    {
        Oci($"create --bundle {MakeBundle("echo never", memoryBytes: 64 << 20)} box");
        Oci("kill box TERM");
        Sandbox.WaitUntil(() => JsonDocument.Parse(Oci("state box")).RootElement.GetProperty("status").GetString() == "stopped", "the end of the container");
        Oci("delete box");
    }

    private string Oci(string commandLine)
    {
        (int exitCode, string output) = RunOci(commandLine);
        Assert.True(exitCode == 0, $"{commandLine}: {output}");
        return output;
    }

    /// <summary>Each refusal is one line.</summary>
    private void Refuse(int exitCode, string message, string commandLine) => Assert.Equal((exitCode, message + "\n"), RunOci(commandLine));

    /// <summary>By a shell that leaves the container nothing of the test's own streams.</summary>
    private (int ExitCode, string Output) RunOci(string commandLine)
    {
        string output = sandbox.PathOf("output");
        using Command command = sandbox.StartProgram("sh", "-c", $"{Programs.HearthOci} --root {sandbox.RunDirectory} {commandLine} </dev/null >{output} 2>&1");
        return (command.Wait().ExitCode, File.ReadAllText(output));
    }

    private string MakeBundle(string script, long memoryBytes)
    {
        EngineWrapper.MakeRoot(sandbox);
        foreach (string name in (string[])["tail", "true", "wc", "test"])
        {
            File.CreateSymbolicLink(sandbox.PathOf($"rootfs/bin/{name}"), "busybox");
        }

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
