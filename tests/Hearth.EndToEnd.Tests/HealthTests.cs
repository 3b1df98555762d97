using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Health checks that run in a guest.</summary>
public sealed class HealthTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private static readonly string[] often = ["--health-interval", "100ms", "--health-retries", "2"];

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_becomes_healthy_and_unhealthy()
    {
        sandbox.Hearth(["run", "-d", "--name", "box", "--network", "none", "--health-cmd", "echo seen; echo and heard >&2; test -e /ok", .. often, debian.Tree, "sleep", "1000"]);
        Sandbox.WaitUntil(() => sandbox.Inspect("box", "State.Health.Status") == "unhealthy", "failures in a row");
        Assert.EndsWith(" (unhealthy)", sandbox.Hearth("ps", "--format", "{{.Status}}"), StringComparison.Ordinal);
        Assert.NotEqual("0", sandbox.Inspect("box", "State.Health.FailingStreak"));
        Assert.Equal("1", sandbox.Inspect("box", "State.Health.Log.0.ExitCode"));
        Assert.Contains("seen\n", sandbox.Inspect("box", "State.Health.Log.0.Output"), StringComparison.Ordinal);
        Assert.Contains("and heard\n", sandbox.Inspect("box", "State.Health.Log.0.Output"), StringComparison.Ordinal);

        sandbox.Hearth("exec", "box", "touch", "/ok");
        Sandbox.WaitUntil(() => sandbox.Inspect("box", "State.Health.Status") == "healthy", "a success");
        Assert.EndsWith(" (healthy)", sandbox.Hearth("ps", "--filter", "health=healthy", "--format", "{{.Status}}"), StringComparison.Ordinal);
        Assert.Equal("", sandbox.Hearth("ps", "-q", "--filter", "health=unhealthy"));
        string[] actions = [.. sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--format", "{{.Action}}").Split('\n').Where(line => line.StartsWith("health", StringComparison.Ordinal))];
        Assert.Equal(["health_status: unhealthy", "health_status: healthy"], actions);

        sandbox.Hearth("pause", "box");
        string paused = sandbox.Inspect("box", "State.Health.Log.0.Start");
        sandbox.Hearth("unpause", "box");
        Sandbox.WaitUntil(() => sandbox.Inspect("box", "State.Health.Log.0.Start") != paused, "checks after the pause");
        Assert.Equal("healthy", sandbox.Inspect("box", "State.Health.Status"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_check_that_takes_too_long_is_killed_and_has_failed()
    {
        sandbox.Hearth(["run", "-d", "--name", "box", "--network", "none", "--health-cmd", "echo begun; sleep 999", "--health-timeout", "200ms", .. often, debian.Tree, "sleep", "1000"]);
        Sandbox.WaitUntil(() => sandbox.Inspect("box", "State.Health.Status") == "unhealthy", "failures in a row");
        Assert.Equal("-1", sandbox.Inspect("box", "State.Health.Log.0.ExitCode"));
        Assert.StartsWith("Health check exceeded timeout (0.2s)", sandbox.Inspect("box", "State.Health.Log.0.Output"), StringComparison.Ordinal);
        Sandbox.WaitUntil(() => sandbox.Hearth("top", "box").Split('\n').Count(line => line.Contains("sleep 999", StringComparison.Ordinal)) <= 4, "the checks to be killed");
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_container_without_a_check_has_no_health()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--network", "none", "--no-healthcheck", debian.Tree, "sleep", "1000");
        Assert.False(JsonDocument.Parse(sandbox.Hearth("inspect", "box")).RootElement[0].GetProperty("State").TryGetProperty("Health", out JsonElement health) && health.ValueKind != JsonValueKind.Null);
        Assert.DoesNotContain("health", sandbox.Hearth("ps", "--format", "{{.Status}}"), StringComparison.Ordinal);
        Assert.NotEqual("", sandbox.Hearth("ps", "-q", "--filter", "health=none"));
        Assert.Contains("conflicts", sandbox.RunExpecting(125, "create", "--no-healthcheck", "--health-cmd", "x", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
        Assert.Contains("--health-interval", sandbox.RunExpecting(125, "create", "--health-interval", "soon", debian.Tree, "true").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "box");
    }
}
