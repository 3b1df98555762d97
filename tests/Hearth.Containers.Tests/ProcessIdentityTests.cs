using System.Diagnostics;
using Hearth.Records.Tests.Support;

namespace Hearth.Containers.Tests;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void This_process_is_alive_and_one_that_started_at_another_time_is_not()
    {
        Assert.True(ProcessIdentity.Current.IsAlive);
        Assert.Equal(Environment.ProcessId, ProcessIdentity.Current.Pid);
        Assert.False((ProcessIdentity.Current with { StartTime = ProcessIdentity.Current.StartTime + 1 }).IsAlive);
    }

    [Fact]
    public void A_process_that_ended_is_not_alive_even_before_anybody_waited_for_it()
    {
        // The shell starts a child, replaces itself by a program that waits for nobody, and the child ends.
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", "read -r < <(exec sleep 0) & echo $!; exec sleep 1000"]) { RedirectStandardOutput = true })!;
        try
        {
            int child = int.Parse(shell.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(SpinWait.SpinUntil(() => ProcessIdentity.Read(child) is null, TimeSpan.FromSeconds(30)));
            Assert.NotNull(ProcessIdentity.Read(shell.Id));
        }
        finally
        {
            shell.Kill();
            shell.WaitForExit();
        }

        Assert.Null(ProcessIdentity.Read(shell.Id));
    }

    [Fact]
    public void A_programs_name_may_hold_blanks_and_parentheses()
    {
        using var place = new Workplace();
        string program = place.At("a) S (b 1");
        File.Copy("/bin/sleep", program);
        using Process process = Process.Start(program, "1000");
        try
        {
            Assert.Equal(process.Id, ProcessIdentity.Read(process.Id)?.Pid);
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    [Fact]
    public void A_number_that_no_process_has_is_nobody() => Assert.Null(ProcessIdentity.Read(int.MaxValue));
}
