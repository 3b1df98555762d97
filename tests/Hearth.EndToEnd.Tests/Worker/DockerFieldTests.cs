using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.EndToEnd.Tests.Worker.Api;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Values of fields that docker refuses, or honours at another time.</summary>
public sealed class DockerFieldTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly ApiClient client;
    private readonly string image;

    public DockerFieldTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        client = new ApiClient(daemon.Socket);
        image = $"{images.Host}/base:one";
        daemon.Docker("pull", "-q", image);
    }

    public void Dispose()
    {
        client.Dispose();
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task Numbers_out_of_dockers_ranges_are_refused_with_its_sentence()
    {
        daemon.Docker("create", "--name", "box", image, "true");
        foreach ((string fields, string sentence) in ((string, string)[])[
            (""" "NanoCpus": 1000000000, "CpuQuota": 50000 """, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"), (""" "Memory": 1048576 """, "Minimum memory limit allowed is 6MB"),
            (""" "CpuShares": -1 """, "invalid CPU shares (-1): value must be a positive integer"), (""" "CpuPeriod": 10 """, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")])
        {
            await RefusedAsync("containers/create", $$"""{"Image": "{{image}}", "HostConfig": { {{fields}} } }""", sentence);
            await RefusedAsync("containers/box/update", $"{{ {fields} }}", sentence);
        }

        // No host has so much, and the start says so.
        Assert.Equal(201, (await client.SendAsync("POST", "containers/create?name=huge", $$"""{"Image": "{{image}}", "Cmd": ["true"], "HostConfig": {"Memory": 9223372036854775807} }""")).Status);
        (int status, string answer) = await client.SendAsync("POST", "containers/huge/start");
        Assert.Equal((409, true), (status, answer.Contains("and this worker has", StringComparison.Ordinal)));
        daemon.Docker("rm", "box", "huge");

        async Task RefusedAsync(string path, string body, string sentence)
        {
            (int status, string answer) = await client.SendAsync("POST", path, body);
            Assert.Equal((400, sentence), (status, JsonDocument.Parse(answer).RootElement.GetProperty("message").GetString()));
        }
    }

    [Fact]
    public void A_paused_container_gets_its_limits_when_it_goes_on()
    {
        daemon.Docker("run", "-d", "--name", "box", "--pids-limit", "50", "--memory", "256m", image, "sleep", "1000");
        daemon.Docker("pause", "box");

        daemon.Docker("update", "--pids-limit", "77", "--memory", "200m", "--memory-swap", "-1", "box");

        Assert.Equal("paused 77 209715200", daemon.Docker("inspect", "-f", "{{.State.Status}} {{.HostConfig.PidsLimit}} {{.HostConfig.Memory}}", "box"));
        Assert.Contains("its machine was started with", daemon.RunDocker("", "update", "--memory", "1g", "--memory-swap", "-1", "box").ErrorText, StringComparison.Ordinal);
        daemon.Docker("unpause", "box");
        Assert.Equal("77\n209715200", daemon.Docker("exec", "box", "cat", "/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/memory.max"));
        sandbox.Hearth("pause", "box");
        sandbox.Hearth("update", "--pids-limit", "66", "box");
        sandbox.Hearth("unpause", "box");
        Assert.Equal("66\n209715200", daemon.Docker("exec", "box", "cat", "/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/memory.max"));
        daemon.Docker("rm", "-f", "box");
    }

    [Fact]
    public void A_volume_has_the_options_that_were_given()
    {
        daemon.Docker("volume", "create", "-o", "size=16m", "sized");
        daemon.Docker("volume", "create", "plain");
        sandbox.Hearth("volume", "create", "--size", "16m", "own");

        Assert.Equal("map[size:16m]\nmap[]\nmap[size:16777216]", daemon.Docker("volume", "inspect", "-f", "{{.Options}}", "sized", "plain", "own"));
        Assert.Equal("16m", sandbox.Hearth("volume", "inspect", "--format", "{{.Options.size}}", "sized"));
        daemon.Docker("volume", "rm", "sized", "plain", "own");
    }
}
