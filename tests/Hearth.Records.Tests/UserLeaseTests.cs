using System.Diagnostics;
using Hearth.Containers;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class UserLeaseTests : IDisposable
{
    /// <summary>The first of users that no other run of these tests has.</summary>
    private static readonly uint first = 1_000_000_000 + ((uint)Environment.ProcessId * 32);

    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Every_machine_gets_another_user_until_none_is_left()
    {
        UserRange range = new(first, first + 7);

        UserLease[] all = [.. Enumerable.Range(0, 8).Select(_ => UserLease.Take(place.Directories, range))];
        Assert.Equal(Enumerable.Range((int)first, 8), all.Select(lease => (int)lease.User).Order());
        HearthException refusal = Assert.Throws<HearthException>(() => UserLease.Take(place.Directories, range));
        Assert.Equal(HearthError.HostUnsuitable, refusal.Error);
        Assert.Contains($"all 8 users of the range {first}-{first + 7}", refusal.Message);
        Assert.Contains("--uid-range", refusal.Message);

        all[3].Dispose();
        using UserLease again = UserLease.Take(place.Directories, range);
        Assert.Equal(all[3].User, again.User);
        again.Dispose();
        Array.ForEach(all, lease => lease.Dispose());
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Directories.Users));
    }

    [Fact]
    public async Task Takers_side_by_side_never_get_the_same_user()
    {
        UserRange range = new(first + 8, first + 11);
        int[] holders = new int[4];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int turn = 0; turn < 200; turn++)
            {
                using UserLease lease = UserLease.Take(place.Directories, range);
                Assert.Equal(1, Interlocked.Increment(ref holders[lease.User - range.First]));
                Interlocked.Decrement(ref holders[lease.User - range.First]);
            }
        })));
    }

    [Fact]
    public void A_user_whose_holder_was_killed_is_free_again_when_no_process_has_it()
    {
        UserRange range = new(first + 12, first + 12);
        LeaveBehind(range.First);

        using (Process process = StartAs(range.First))
        {
            Assert.Throws<HearthException>(() => UserLease.Take(place.Directories, range));
            UserLease.Reclaim(place.Directories);
            Assert.Single(Directory.EnumerateFiles(place.Directories.Users));
            process.Kill();
            process.WaitForExit();
        }

        using UserLease lease = UserLease.Take(place.Directories, range);
        Assert.Equal(range.First, lease.User);
    }

    [Fact]
    public void What_killed_holders_left_is_removed_and_what_is_held_is_not()
    {
        LeaveBehind(first + 14);
        using UserLease held = UserLease.Take(place.Directories, new UserRange(first + 13, first + 13));

        UserLease.Reclaim(place.Directories);

        Assert.Equal([$"{first + 13}"], Directory.EnumerateFiles(place.Directories.Users).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("0-10")]
    [InlineData("10")]
    [InlineData("10-9")]
    [InlineData("a-b")]
    [InlineData("1-4294967295")]
    [InlineData("1-2-3")]
    public void A_range_that_is_none_is_refused(string text)
    {
        FormatException refusal = Assert.Throws<FormatException>(() => UserRange.Resolve(text, _ => null));

        Assert.Contains($"'{text}'", refusal.Message);
    }

    [Fact]
    public void A_range_given_wins_over_the_environment_and_that_over_the_default()
    {
        Assert.Equal(new UserRange(5, 6), UserRange.Resolve("5-6", _ => "7-8"));
        Assert.Equal(new UserRange(7, 8), UserRange.Resolve(null, _ => "7-8"));
        Assert.Equal(UserRange.Default, UserRange.Resolve(null, _ => null));
    }

    private static Process StartAs(uint user)
    {
        ProcessStartInfo info = new("setpriv", ["--reuid", $"{user}", "--regid", $"{user}", "--clear-groups", "sh", "-c", "echo up; exec sleep 1000"])
        {
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(info)!;
        Assert.Equal("up", process.StandardOutput.ReadLine());
        return process;
    }

    /// <summary>What a killed holder leaves: the file without the lock.</summary>
    private void LeaveBehind(uint user)
    {
        Directory.CreateDirectory(place.Directories.Users);
        File.WriteAllText(Path.Combine(place.Directories.Users, $"{user}"), "\n");
    }
}
