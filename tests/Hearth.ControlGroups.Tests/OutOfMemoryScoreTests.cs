using System.Diagnostics;
using Hearth.Linux.Processes;

namespace Hearth.ControlGroups.Tests;

public sealed class OutOfMemoryScoreTests
{
    [Theory]
    [InlineData("-100", "0")]
    [InlineData("0", "0")]
    [InlineData("300", "300")]
    public void Only_a_protection_is_taken_away(string before, string after)
    {
        using Process child = Process.Start(new ProcessStartInfo("sh") { ArgumentList = { "-c", $"echo {before} >/proc/self/oom_score_adj && echo set && exec sleep 1000" }, RedirectStandardOutput = true })!;
        string? set = child.StandardOutput.ReadLine();
        Assert.SkipWhen(set is null, "this process may not lower scores, which needs CAP_SYS_RESOURCE: NestedControlGroupTests run this with it");

        OutOfMemoryScore.Unprotect(child.Id);

        Assert.Equal(after, File.ReadAllText($"/proc/{child.Id}/oom_score_adj").Trim());
        child.Kill();
        child.WaitForExit();
        OutOfMemoryScore.Unprotect(child.Id);
    }
}
