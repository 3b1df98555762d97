using System.Net.Sockets;
using System.Text;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>What the driver asks of Firecracker, and what it makes of the answers: on a stand-in, which any host can run.</summary>
public sealed class FirecrackerMachineTests : IDisposable
{
    private readonly FirecrackerLab lab = new();

    [Fact]
    public async Task A_machine_is_configured_as_described_in_the_order_of_its_drives_and_then_started()
    {
        string root = lab.MakeDrive("root.img");
        string scratch = lab.MakeDrive("scratch.img");
        await using IMachine machine = await lab.BootAsync($"record={lab["requests"]}", plain => plain with
        {
            VirtualCpus = 2,
            MemoryInMiB = 300,
            Drives = [new MachineDrive("rootfs", root, ReadOnly: true), new MachineDrive("a_scratch", scratch, ReadOnly: false)],
            NetworkInterfaces =
            [
                new MachineNetworkInterface("outer", "hearth-tap7", [2, 0, 0x0a, 0xff, 0, 7]),
                new MachineNetworkInterface("inner", "hearth-tap8", [2, 0, 0x0a, 0xff, 0, 8]),
            ],
        });

        string[] requests = File.ReadAllLines(lab["requests"]);
        Assert.Equal("GET /version ", requests[0]);
        Assert.Equal("""PUT /machine-config {"vcpu_count":2,"mem_size_mib":300}""", requests[1]);
        Assert.StartsWith($$"""PUT /boot-source {"kernel_image_path":"{{lab["kernel"]}}","initrd_path":"{{lab["initramfs"]}}","boot_args":"8250.nr_uarts=0 quiet loglevel=1 panic=-1 reboot=k """, requests[2]);
        Assert.EndsWith(" hearth.channel=vsock\"}", requests[2]);
        Assert.DoesNotContain("console=", requests[2]);
        Assert.DoesNotContain("nomodule", requests[2]);
        Assert.Equal($$"""PUT /drives/rootfs {"drive_id":"rootfs","is_root_device":false,"path_on_host":"{{root}}","is_read_only":true}""", requests[3]);
        Assert.Equal($$"""PUT /drives/a_scratch {"drive_id":"a_scratch","is_root_device":false,"path_on_host":"{{scratch}}","is_read_only":false,"cache_type":"Writeback"}""", requests[4]);
        Assert.Equal("""PUT /network-interfaces/outer {"iface_id":"outer","host_dev_name":"hearth-tap7","guest_mac":"02:00:0a:ff:00:07"}""", requests[5]);
        Assert.Equal("""PUT /network-interfaces/inner {"iface_id":"inner","host_dev_name":"hearth-tap8","guest_mac":"02:00:0a:ff:00:08"}""", requests[6]);
        Assert.StartsWith("""PUT /vsock {"guest_cid":3,"uds_path":"/proc/self/fd/""", requests[7]);
        Assert.Equal("""PUT /actions {"action_type":"InstanceStart"}""", requests[8]);
        Assert.Equal(9, requests.Length);
        Assert.Equal((MachineState.Running, "firecracker", "kvm"), (machine.State, machine.Vmm, machine.Accelerator));
        Assert.Empty(machine.Warnings);
    }

    [Fact]
    public async Task The_machine_is_paused_resumed_and_shut_down_by_its_keyboard()
    {
        await using IMachine machine = await lab.BootAsync($"record={lab["requests"]}");
        await machine.PauseAsync();
        Assert.Equal(MachineState.Paused, machine.State);
        await machine.ResumeAsync();

        await machine.ShutdownAsync().WaitAsync(Deadlines.Guest);
        MachineExit exit = await machine.Exited.WaitAsync(Deadlines.Guest);

        Assert.Equal((MachineExitKind.PoweredOff, 0), (exit.Kind, exit.ExitStatus));
        Assert.Contains("without a serial console", exit.Message);
        Assert.Equal(
            ["""PATCH /vm {"state":"Paused"}""", """PATCH /vm {"state":"Resumed"}""", """PUT /actions {"action_type":"SendCtrlAltDel"}"""],
            File.ReadAllLines(lab["requests"])[^3..]);
    }

    [Theory]
    [InlineData("1.16.0")]
    [InlineData("1.16.1")]
    [InlineData("1.17.0-dev")]
    public async Task A_release_that_never_comes_back_from_resuming_is_stopped_as_a_process(string version)
    {
        await using IMachine machine = await lab.BootAsync($"version={version};silent=/vm;record={lab["requests"]}");
        await machine.PauseAsync().WaitAsync(Deadlines.Guest);
        Assert.Equal((MachineState.Paused, 'T'), (machine.State, StateOf(machine.ProcessId)));

        await machine.ResumeAsync().WaitAsync(Deadlines.Guest);
        Assert.Equal(MachineState.Running, machine.State);
        Assert.NotEqual('T', StateOf(machine.ProcessId));
        Assert.DoesNotContain(File.ReadAllLines(lab["requests"]), line => line.Contains("/vm ", StringComparison.Ordinal));

        await machine.PauseAsync().WaitAsync(Deadlines.Guest);
        machine.Kill();
        Assert.Equal(MachineExitKind.Killed, (await machine.Exited.WaitAsync(Deadlines.Guest)).Kind);
    }

    [Fact]
    public async Task An_api_that_never_answers_holds_up_no_act_for_ever_and_no_kill()
    {
        await using IMachine machine = await lab.BootAsync("silent=/vm");
        MachineException silent = await Assert.ThrowsAsync<MachineException>(() => machine.PauseAsync().WaitAsync(Deadlines.Guest));

        Assert.Equal(MachineError.VmmSilent, silent.Error);
        Assert.Contains($"Firecracker (process {machine.ProcessId}) has not answered for", silent.Message);
        Assert.EndsWith("it hangs", silent.Message);
        Assert.Equal(MachineState.Running, machine.State);
        machine.Kill();
        Assert.Equal(MachineExitKind.Killed, (await machine.Exited.WaitAsync(Deadlines.Guest)).Kind);
    }

    [Theory]
    [InlineData("1.13.1", 17)]
    [InlineData("1.14.0", 16)]
    [InlineData("1.16.1", 16)]
    public async Task A_machine_takes_as_many_drives_as_its_release(string version, int most)
    {
        MachineDrive[] drives = [.. Enumerable.Range(0, most + 1).Select(number => new MachineDrive($"d{number}", lab.MakeDrive($"drive{number}"), ReadOnly: true))];
        await using (IMachine full = await lab.BootAsync($"version={version}", plain => plain with { Drives = drives[..most] }))
        {
            Assert.Equal(MachineState.Running, full.State);
        }

        MachineException refusal = await Assert.ThrowsAsync<MachineException>(
            () => lab.BootAsync($"version={version};record={lab["requests"]}", plain => plain with { Drives = drives }));

        Assert.Equal(MachineError.TooManyDevices, refusal.Error);
        Assert.Contains($"{most + 1} drives are too many", refusal.Message);
        Assert.EndsWith($"takes {most}", refusal.Message);

        MachineException both = await Assert.ThrowsAsync<MachineException>(() => lab.BootAsync($"version={version}", plain => plain with
        {
            Drives = drives[..most],
            NetworkInterfaces = [new MachineNetworkInterface("eth", "hearth-tap7", [2, 0, 0, 0, 0, 7])],
        }));
        Assert.Contains($"{most} drives and 1 network interfaces are too many", both.Message);
        Assert.EndsWith($"takes {most} of both together", both.Message);
        Assert.False(File.Exists(lab["requests"]) && File.ReadAllText(lab["requests"]).Contains("/actions", StringComparison.Ordinal), "the guest was started all the same");
    }

    [Fact]
    public async Task A_console_is_there_where_somebody_wants_its_log_and_tells_a_panic()
    {
        await using IMachine machine = await lab.BootAsync(
            $"record={lab["requests"]};console=words of the guest;panic", plain => plain with { ConsoleLogPath = lab["console.log"] });
        MachineExit exit = await machine.Exited.WaitAsync(Deadlines.Guest);

        Assert.Equal(MachineExitKind.KernelPanic, exit.Kind);
        Assert.Contains("not syncing: for a test", exit.Message);
        Assert.Contains("words of the guest", File.ReadAllText(lab["console.log"]));
        Assert.Contains(File.ReadAllLines(lab["requests"]), line => line.Contains("console=ttyS0 quiet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_console_can_be_wanted_for_its_tail_alone()
    {
        await using IMachine machine = await lab.BootAsync("console=words of the guest;panic", options: new FirecrackerOptions { SerialConsole = true });

        Assert.Contains("words of the guest", (await machine.Exited.WaitAsync(Deadlines.Guest)).ConsoleTail);
    }

    [Theory]
    [InlineData("version=1.12.0", "Firecracker 1.12.0 is too old: install 1.13.1")]
    [InlineData("version=many", "'many', which is not a number")]
    [InlineData("refuse=/boot-source:The kernel file cannot be opened", "refused PUT /boot-source (400): The kernel file cannot be opened")]
    [InlineData("refuse=/actions:Invalid Elf magic number", "refused PUT /actions (400): Invalid Elf magic number")]
    [InlineData("garbage=/vsock", "PUT /vsock failed: cannot read Firecracker's answer: it begins with '220 mail")]
    public async Task A_machine_that_is_refused_ends_with_the_reason(string behaviour, string reason)
    {
        (MachineException failure, MachineExit exit) = await lab.FailAsync(behaviour);

        Assert.Equal(MachineError.VmmFailed, failure.Error);
        Assert.Contains(reason, failure.Message);
        Assert.Equal((MachineExitKind.Crashed, failure.Message), (exit.Kind, exit.Message));
    }

    [Theory]
    [InlineData("/machine-config", 153, "did not understand its arguments")]
    [InlineData("/vsock", 152, "could not use the microVM's configuration")]
    [InlineData("/actions", 148, "seccomp")]
    [InlineData("/actions", 149, "signal 7")]
    [InlineData("/actions", 150, "signal 11")]
    [InlineData("/actions", 1, "status 1: its own words")]
    public async Task A_process_that_dies_on_the_way_is_told_with_its_words_and_what_its_status_means(string at, int status, string meaning)
    {
        (MachineException failure, MachineExit exit) = await lab.FailAsync($"exit={at}:{status}:its own words");

        Assert.Equal((MachineError.VmmFailed, MachineExitKind.Crashed, status), (failure.Error, exit.Kind, exit.ExitStatus));
        Assert.Contains($"status {status}", failure.Message);
        Assert.Contains(meaning, failure.Message);
        Assert.Contains("its own words", failure.Message);
    }

    [Fact]
    public async Task A_forbidden_system_call_is_told_with_its_number_which_is_among_the_output()
    {
        (MachineException failure, _) = await lab.FailAsync("exit=/actions:148:;output=2025 [anonymous-instance:main:ERROR] Shutting down VM after intercepting a bad syscall (39).");

        Assert.Contains("a system call that its seccomp filter forbids (signal 31): number 39", failure.Message);
    }

    [Fact]
    public async Task A_program_that_is_not_firecracker_is_not_taken_for_a_guest_that_powered_off()
    {
        await using IMachine machine = FirecrackerLab.Driver("/bin/true").Configure(lab.Plain);

        MachineException failure = await Assert.ThrowsAsync<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest));

        Assert.Equal(MachineError.VmmFailed, failure.Error);
        Assert.Contains("Firecracker ended with status 0 before its API answered", failure.Message);
        Assert.Contains("'hearth doctor' checks it", failure.Message);
        Assert.Equal(MachineExitKind.Crashed, (await machine.Exited.WaitAsync(Deadlines.Guest)).Kind);
    }

    [Fact]
    public async Task A_request_without_an_answer_can_be_left_by_cancelling_the_boot()
    {
        await using IMachine machine = lab.Configure("silent=/actions");
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => machine.BootAsync(deadline.Token).WaitAsync(Deadlines.Guest));

        Assert.Equal(MachineExitKind.Killed, (await machine.Exited.WaitAsync(Deadlines.Guest)).Kind);
    }

    [Fact]
    public async Task Sockets_that_a_killed_program_left_are_replaced()
    {
        foreach (string name in new[] { "firecracker.sock", "vsock.sock" })
        {
            using Socket stale = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            stale.Bind(new UnixDomainSocketEndPoint(Path.Combine(lab.Plain.RunDirectory, name)));
        }

        await using IMachine machine = await lab.BootAsync();

        Assert.Equal(MachineState.Running, machine.State);
    }

    [Fact]
    public async Task A_run_directory_may_have_a_longer_path_than_a_sockets_address_has_room_for()
    {
        string path = Path.Combine(lab["deep"], new string('x', 200));
        Directory.CreateDirectory(path);
        await using IMachine machine = await lab.BootAsync(change: plain => plain with { RunDirectory = path });
        await using Stream channel = await machine.OpenChannelAsync();

        Assert.Equal(StandIn.Greeting, await ReadAsync(channel, StandIn.Greeting.Length));
        await machine.DisposeAsync();
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
    }

    [Fact]
    public async Task A_socket_that_is_bound_and_not_yet_listened_on_is_waited_for()
    {
        await using IMachine machine = await lab.BootAsync("late");

        Assert.Equal(MachineState.Running, machine.State);
    }

    [Fact]
    public async Task Log_and_metrics_go_to_files_that_they_cannot_fill()
    {
        FirecrackerOptions options = new() { LogPath = lab["vmm.log"], MetricsPath = lab["metrics"], LogLimitInBytes = 4096 };
        await using IMachine machine = await lab.BootAsync("flood=100000", options: options);
        await machine.DisposeAsync();

        foreach (string path in new[] { lab["vmm.log"], lab["metrics"] })
        {
            Assert.InRange(new FileInfo(path).Length, 1024, 4096);
            Assert.EndsWith("000099990\n", File.ReadAllText(path));
        }
    }

    [Fact]
    public async Task What_is_written_before_the_guest_listens_arrives_when_it_does()
    {
        await using IMachine machine = await lab.BootAsync("closed=20");
        await using Stream channel = await machine.OpenChannelAsync();
        await channel.WriteAsync(Encoding.UTF8.GetBytes("früh\n")).AsTask().WaitAsync(Deadlines.Guest);

        Assert.Equal(StandIn.Greeting, await ReadAsync(channel, StandIn.Greeting.Length));
        Assert.Equal("CONNECT 10241: früh\n", await ReadAsync(channel, "CONNECT 10241: früh\n".Length + 1));
        MachineException taken = await Assert.ThrowsAsync<MachineException>(() => machine.OpenChannelAsync());
        Assert.Equal(MachineError.ChannelTaken, taken.Error);
    }

    [Fact]
    public async Task A_channel_to_a_guest_that_never_listens_ends_with_the_machine()
    {
        await using IMachine machine = await lab.BootAsync("closed=1000000");
        await using Stream channel = await machine.OpenChannelAsync();
        using CancellationTokenSource deadline = new(Deadlines.Silence);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.ReadAsync(new byte[1], deadline.Token).AsTask());
        Task<int> reading = channel.ReadAsync(new byte[1]).AsTask();

        machine.Kill();

        Assert.Equal(0, await reading.WaitAsync(Deadlines.Guest));
        await Assert.ThrowsAsync<IOException>(() => channel.WriteAsync(new byte[1]).AsTask());
    }

    public void Dispose() => lab.Dispose();

    /// <summary>What the kernel calls a process's state, a letter.</summary>
    private static char StateOf(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }

    private static async Task<string> ReadAsync(Stream channel, int bytes)
    {
        byte[] buffer = new byte[bytes];
        await channel.ReadExactlyAsync(buffer).AsTask().WaitAsync(Deadlines.Guest);
        return Encoding.UTF8.GetString(buffer);
    }
}
