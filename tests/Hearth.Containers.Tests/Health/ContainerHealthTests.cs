using Hearth.Containers.Health;

namespace Hearth.Containers.Tests.Health;

/// <summary>docker's rules of a container's health.</summary>
public sealed class ContainerHealthTests
{
    private static readonly DateTimeOffset start = DateTimeOffset.UnixEpoch;

    /// <summary>Each check is a second after the one before: + succeeds, - fails. The letters are the status after each: starting, healthy, unhealthy.</summary>
    [Theory]
    [InlineData("+", "h", 0, 0)]
    [InlineData("--", "ss", 0, 2)]
    [InlineData("---", "ssu", 0, 3)]
    [InlineData("---+", "ssuh", 0, 0)]
    [InlineData("+--+---", "hhhhhhu", 0, 3)]
    [InlineData("-------", "sssssss", 5, 2)]
    [InlineData("--------", "sssssssu", 5, 3)]
    [InlineData("+---", "hhhu", 10, 3)]
    public void Failures_in_a_row_after_the_start_period_make_it_unhealthy(string checks, string statuses, int startPeriodSeconds, int streak)
    {
        HealthCheck check = HealthCheck.OfLine("true") with { StartPeriod = TimeSpan.FromSeconds(startPeriodSeconds) };
        ContainerHealth health = new();
        string found = "";
        for (int i = 0; i < checks.Length; i++)
        {
            health = health.After(new HealthProbe(start.AddSeconds(i), start.AddSeconds(i + 0.5), checks[i] == '+' ? 0 : 1, ""), check, TimeSpan.FromSeconds(i));
            found += char.ToLowerInvariant(health.Status.ToString()[0]);
        }

        Assert.Equal((statuses, streak), (found, health.FailingStreak));
        Assert.Equal(Math.Min(5, checks.Length), health.Log.Count);
        Assert.Equal(start.AddSeconds(checks.Length - 1), health.Log[^1].Start);
    }

    [Fact]
    public void A_check_is_words_or_a_line_of_a_shell_or_none()
    {
        Assert.Equal(["/bin/sh", "-c", "test -e /ok"], HealthCheck.OfLine("test -e /ok").Command);
        Assert.Equal(["bash", "-ec", "x"], (HealthCheck.OfLine("x") with { Shell = ["bash", "-ec"] }).Command);
        Assert.Equal(["cat", "/ok"], new HealthCheck { Test = ["CMD", "cat", "/ok"] }.Command);
        Assert.Empty(HealthCheck.Disabled.Command);
        Assert.Empty(new HealthCheck().Command);
        Assert.Empty(new HealthCheck { Test = ["CMD"] }.Command);
    }

    [Fact]
    public void What_the_user_does_not_say_is_the_images()
    {
        HealthCheck image = HealthCheck.OfLine("image") with { Interval = TimeSpan.FromSeconds(1), Retries = 7 };
        HealthCheck joined = new HealthCheck { Retries = 2, Timeout = TimeSpan.FromSeconds(3) }.Over(image);
        Assert.Equal((1.0, 3.0, 2), (joined.UsedInterval.TotalSeconds, joined.UsedTimeout.TotalSeconds, joined.UsedRetries));
        Assert.Equal("image", joined.Command[^1]);
        Assert.Equal("own", HealthCheck.OfLine("own").Over(image).Command[^1]);
        Assert.Empty(HealthCheck.Disabled.Over(image).Command);
        Assert.Equal((30.0, 30.0, 5.0, 3), (new HealthCheck().UsedInterval.TotalSeconds, new HealthCheck().UsedTimeout.TotalSeconds, new HealthCheck().UsedStartInterval.TotalSeconds, new HealthCheck().UsedRetries));
    }
}
