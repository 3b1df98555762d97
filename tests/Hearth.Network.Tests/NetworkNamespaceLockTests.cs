using System.Diagnostics;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;

namespace Hearth.Network.Tests;

public sealed class NetworkNamespaceLockTests
{
    /// <summary>Everybody may lock the namespace's file.</summary>
    [Theory]
    [InlineData("-x")]
    [InlineData("-s")]
    public void A_lock_of_an_ordinary_user_holds_nobody_up(string mode) => OwnNamespace.Run(() =>
    {
        using Process other = Hold($"--reuid 65534 --regid 65534 --clear-groups flock {mode} /proc/self/ns/net");
        Stopwatch watch = Stopwatch.StartNew();
        using (NetworkNamespaceLock own = NetworkNamespaceLock.Take(TimeSpan.FromSeconds(20)))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"it took {watch.Elapsed}");
            Assert.Throws<TimeoutException>(() => NetworkNamespaceLock.Take(TimeSpan.FromMilliseconds(100)));
        }

        NetworkNamespaceLock.Take(TimeSpan.FromSeconds(20)).Dispose();
        End(other);
    });

    [Fact]
    public void A_lock_of_root_counts_also_if_its_process_has_another_run_directory() => OwnNamespace.Run(() =>
    {
        using Process other = Hold("--regid 0 --clear-groups flock -x /proc/self/ns/net");
        Assert.Throws<TimeoutException>(() => NetworkNamespaceLock.Take(TimeSpan.FromMilliseconds(200)));
        End(other);
        NetworkNamespaceLock.Take(TimeSpan.FromSeconds(20)).Dispose();
    });

    [Fact]
    public void Many_holders_come_one_after_the_other_and_leave_no_directory() => OwnNamespace.Run(() =>
    {
        using NetworkNamespace own = NetworkNamespace.OpenOwn();
        int inside = 0;
        int most = 0;
        Task[] holders = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() => own.Run(() =>
        {
            for (int round = 0; round < 50; round++)
            {
                using NetworkNamespaceLock held = NetworkNamespaceLock.Take(TimeSpan.FromSeconds(60));
                most = Math.Max(most, Interlocked.Increment(ref inside));
                Interlocked.Decrement(ref inside);
            }
        }), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(holders);
        Assert.Equal(1, most);
        string[] parts = own.Identity.Split(':');
        Assert.False(Directory.Exists($"/run/hearth.network/{parts[0]}-{parts[1]}"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode("/run/hearth.network"));
    });

    /// <summary>The process writes when it has the lock, and ends with its input.</summary>
    private static Process Hold(string command)
    {
        Process process = Process.Start(new ProcessStartInfo("setpriv", $"{command} sh -c \"echo held; read end\"") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("held", process.StandardOutput.ReadLine());
        return process;
    }

    private static void End(Process process)
    {
        process.StandardInput.Close();
        process.WaitForExit();
    }
}
