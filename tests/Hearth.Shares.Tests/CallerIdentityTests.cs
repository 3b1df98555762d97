using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>What becomes of threads that are started while a thread acts for a guest's user.</summary>
public sealed class CallerIdentityTests
{
    private const uint User = 1234;

    /// <summary>The runtime's pool starts its threads from whichever thread gives it work, also from one that serves a share.</summary>
    [Fact]
    public void A_thread_that_is_started_at_rest_is_the_servers_and_stays_so()
    {
        string before = "";
        string after = "";
        OwnThread.Run(() =>
        {
            CallerIdentity caller = new();
            caller.Assume(User, User);
            caller.AddGroups(User + 1);
            caller.SetMask(0);
            caller.Rest();

            using ManualResetEventSlim started = new();
            using ManualResetEventSlim changed = new();
            Thread child = new(() =>
            {
                before = ReadIdentity();
                started.Set();
                changed.Wait();
                after = ReadIdentity();
            });
            child.Start();
            started.Wait();
            caller.Assume(User, User);
            caller.SetMask(0);
            changed.Set();
            child.Join();
        });

        Assert.Equal("Umask 0022, user 0, group 0, groups ", before);
        Assert.Equal(before, after);
    }

    private static string ReadIdentity()
    {
        Dictionary<string, string> status = File.ReadLines("/proc/thread-self/status").Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        return $"Umask {status["Umask"]}, user {status["Uid"].Split('\t')[^1]}, group {status["Gid"].Split('\t')[^1]}, groups {status["Groups"]}";
    }
}
