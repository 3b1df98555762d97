using System.Globalization;
using Hearth.Linux.Processes;
using Hearth.Machines.Processes;
using Hearth.Machines.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Tests.Processes;

/// <summary>How a VMM's process starts and ends with its guard, told by programs that are none.</summary>
public sealed class VmmProcessTests
{
    [Fact]
    public async Task A_vmm_is_this_programs_child_in_a_process_namespace_of_its_own()
    {
        VmmProcess process = await StartAsync("sleep", "1000000");

        string[] status = File.ReadAllLines($"/proc/{process.ProcessId}/status");
        Assert.Equal(Environment.ProcessId, int.Parse(Words(status, "PPid:")[0], CultureInfo.InvariantCulture));
        Assert.Equal([$"{process.ProcessId}", "2"], Words(status, "NSpid:"));

        process.Kill();
        ProcessEnd end = await process.Ended.WaitAsync(Deadlines.Guest);
        Assert.Equal(SignalNumber.Kill, end.Signal);
    }

    [Fact]
    public async Task A_vmms_own_end_is_told_and_leaves_no_guard()
    {
        VmmProcess process = await StartAsync("sh", "-c", "exit 7");

        ProcessEnd end = await process.Ended.WaitAsync(Deadlines.Guest);

        Assert.Equal(7, end.ExitCode);
        Assert.False(Directory.Exists($"/proc/{process.GuardProcessId}"));
    }

    [Fact]
    public async Task A_vmm_and_its_children_die_with_the_guard()
    {
        string mark = "guarded-" + Guid.NewGuid().ToString("n");
        VmmProcess process = await StartAsync("sh", "-c", $"setsid sh -c 'sleep 1000000; : {mark}' & wait");

        HostProcesses.Signal(process.GuardProcessId, SignalNumber.Kill);

        Assert.Equal(SignalNumber.Kill, (await process.Ended.WaitAsync(Deadlines.Guest)).Signal);
        HostProcesses.AssertGone(mark);
    }

    [Fact]
    public async Task Many_vmms_start_side_by_side()
    {
        VmmProcess[] all = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StartAsync("sleep", "1000000")));

        Array.ForEach(all, process => process.Kill());
        ProcessEnd[] ends = await Task.WhenAll(all.Select(process => process.Ended)).WaitAsync(Deadlines.Guest);

        Assert.All(ends, end => Assert.Equal(SignalNumber.Kill, end.Signal));
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_is_named()
    {
        MachineException failure = await Assert.ThrowsAsync<MachineException>(() => StartAsync("/nowhere/vmm"));

        Assert.Contains("/nowhere/vmm", failure.Message);
    }

    private static async Task<VmmProcess> StartAsync(string program, params string[] arguments)
    {
        using SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        return await VmmProcess.StartAsync(TestEnvironment.Own.FindProgram(program) ?? program, arguments, [], nothing, nothing, nothing, TestEnvironment.Own);
    }

    private static string[] Words(string[] status, string name) =>
        status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split('\t', StringSplitOptions.RemoveEmptyEntries)[1..];
}
