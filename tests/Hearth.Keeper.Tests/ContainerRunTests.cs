using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.DiskImages;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Machines;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Running;
using Hearth.Keeper.Tests.Support;
using Hearth.Machines;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>Runs that end before a machine starts. Those that boot one are in Hearth.EndToEnd.Tests.</summary>
public sealed class ContainerRunTests : IDisposable
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(60);

    private readonly Workplace place = new();

    public ContainerRunTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "running a container needs root");
        place.Write("root/bin/true", "");
    }

    private ContainerDescription Request => new()
    {
        Spec = new ContainerSpec { Root = new RootSpec { Path = place.At("root") }, Process = new ProcessSpec { Args = ["true"] } },
        Accelerator = Accelerator.Tcg,
        InitPath = place.Write("init", ""),
    };

    [Fact]
    public async Task A_request_without_a_root_or_a_command_is_refused()
    {
        await Fails(Request with { Spec = Request.Spec with { Root = null } }, HearthError.InvalidRequest, "names no root directory");
        await Fails(Request with { Spec = Request.Spec with { Process = null } }, HearthError.InvalidRequest, "names no command");
        await Fails(Request with { Spec = Request.Spec with { Process = new ProcessSpec() } }, HearthError.InvalidRequest, "names no command");
    }

    [Theory]
    [InlineData("missing", "there is no such directory")]
    [InlineData("root/bin/true", "it is a file, and a root is a directory")]
    public async Task A_root_that_is_no_directory_is_refused(string name, string cause) => await Fails(
        Request with { Spec = Request.Spec with { Root = new RootSpec { Path = place.At(name) } } },
        HearthError.RootUnavailable, $"cannot take '{place.At(name)}' as a root: {cause}");

    [Fact]
    public async Task Without_a_kernel_nothing_starts() => await Fails(Request, HearthError.KernelUnavailable, "hearth kernel import");

    [Fact]
    public async Task Without_an_init_nothing_starts()
    {
        place.AddKernel("k", "6.1", "[\"squashfs\", \"overlay\"]");
        await Fails(Request with { InitPath = place.At("missing") }, HearthError.InitUnavailable, place.At("missing"));
    }

    [Fact]
    public async Task A_format_that_the_kernel_cannot_mount_is_refused()
    {
        place.AddKernel("k", "6.1", "[\"squashfs\", \"overlay\"]");
        await Fails(Request with { Rootfs = new RootfsOptions { Format = ImageFormat.Erofs } }, HearthError.KernelUnavailable, "cannot mount erofs");
    }

    [Fact]
    public async Task A_kernel_without_what_the_guest_needs_is_refused_and_the_disk_no_longer_served()
    {
        place.AddKernel("k", "6.1", "[\"squashfs\"]");
        await Fails(Request, HearthError.KernelUnavailable, "overlay");
    }

    [Fact]
    public async Task A_scratch_disk_that_is_too_small_is_refused_and_not_left()
    {
        place.AddKernel("k", "6.1", "[\"squashfs\", \"overlay\", \"ext4\"]");
        await Fails(Request with { ScratchSize = new ByteSize(4096) }, HearthError.InvalidRequest, "ext4 needs at least");
        Assert.False(Directory.Exists(place.Directories.Scratch) && Directory.GetFiles(place.Directories.Scratch).Length > 0);
    }

    [Fact]
    public async Task A_run_directory_that_cannot_be_written_is_told()
    {
        place.Write("run", "a file in the way");
        RunOutcome outcome = await ExecuteAsync(Request);
        Assert.Equal((125, HearthError.StorageFailed), (outcome.ExitCode, outcome.Failure!.Error));
    }

    [Theory]
    [InlineData(2, 130)]
    [InlineData(15, 143)]
    public async Task A_signal_before_the_workload_ends_the_run(int signal, int exitCode)
    {
        place.AddKernel("k", "6.1", "[\"squashfs\", \"overlay\"]");
        using var run = new ContainerRun(Request, Context);
        run.Signal(signal);
        run.Resize(new(80, 24));
        RunOutcome outcome = await run.ExecuteAsync(Streams).WaitAsync(deadline);
        Assert.Equal((exitCode, null), (outcome.ExitCode, outcome.Failure));
        Assert.Empty(place.Containers);
    }

    [Fact]
    public async Task A_fault_of_the_program_is_reported_with_a_file_and_leaves_nothing_either()
    {
        place.AddKernel("k", "6.1", "[\"squashfs\", \"overlay\", \"ext4\"]");
        ContainerDescription request = Request with { ScratchSize = ByteSize.FromMebibytes(8) };
        using ContainerRun run = RunOn(new FakeDriver(() => throw new InvalidOperationException("a fault of the program")), request);
        RunOutcome outcome = await run.ExecuteAsync(Streams).WaitAsync(deadline);
        Assert.Equal((ExitCodes.OwnFailure, HearthError.Unexpected), (outcome.ExitCode, outcome.Failure!.Error));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(place.Directories.State, "crash")));
        Assert.Contains(file, outcome.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: a fault of the program\n   at ", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Empty(place.Containers);
        Assert.Empty(Directory.GetFiles(place.Directories.Scratch));
    }

    [Theory]
    [InlineData(0, "answer")]
    [InlineData(1, "set up the container")]
    [InlineData(2, "start the command")]
    public async Task A_guest_that_hangs_on_its_way_to_the_command_is_ended_in_time(int words, string missed)
    {
        place.AddKernel("k", "6.1", "[\"squashfs\", \"overlay\"]");
        (Stream host, Stream guest) = await ChannelPair.ConnectAsync();
        await using FakeMachine machine = new() { Transport = host };
        await using GuestChannel channel = GuestChannel.StartGuest(guest);
        GuestMessage[] all = [new GuestHello { ProtocolVersion = GuestProtocol.Version, KernelRelease = "6.1" }, new GuestConfigured([], [])];
        foreach (GuestMessage word in all.Take(words))
        {
            await channel.SendAsync(word).WaitAsync(deadline);
        }

        using ContainerRun run = RunOn(new FakeDriver(() => machine), Request with { BootTimeout = TimeSpan.FromSeconds(1) });
        RunOutcome outcome = await run.ExecuteAsync(Streams).WaitAsync(deadline);
        Assert.Equal((125, HearthError.GuestSilent), (outcome.ExitCode, outcome.Failure?.Error));
        Assert.StartsWith($"the guest did not {missed} within 1 s", outcome.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(MachineState.Ended, machine.State);
        Assert.Empty(place.Containers);
    }

    [Fact]
    public async Task What_a_killed_run_left_is_removed_by_the_next_and_told()
    {
        RunDirectory.Create(place.Directories, place.NewResources(new ProcessIdentity(int.MaxValue, 1)));
        RunOutcome outcome = await ExecuteAsync(Request);
        Assert.Contains("whose process was killed", Assert.Single(outcome.Diagnostics).Text, StringComparison.Ordinal);
        Assert.Empty(place.Containers);
    }

    public void Dispose() => place.Dispose();

    private static WorkloadStreams Streams => new() { Output = Stream.Null, Error = Stream.Null };

    private RunContext Context => new(place.Directories, TimeProvider.System, TimeProvider.System.GetTimestamp());

    private ContainerRun RunOn(IMachineDriver driver, ContainerDescription request) =>
        new(request, _ => new MachineChoice(driver, "for a test"), Context);

    private async Task<RunOutcome> ExecuteAsync(ContainerDescription request)
    {
        using var run = new ContainerRun(request, Context);
        return await run.ExecuteAsync(Streams).WaitAsync(deadline);
    }

    private async Task Fails(ContainerDescription request, HearthError error, string message)
    {
        RunOutcome outcome = await ExecuteAsync(request);
        Assert.Equal((125, error), (outcome.ExitCode, outcome.Failure?.Error));
        Assert.Contains(message, outcome.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal((125, outcome.Failure.Message), (outcome.Report.ExitCode, outcome.Report.Error));
        Assert.Equal(PhaseNames.Exit, outcome.Report.Phases[^1].Name);
        Assert.Empty(outcome.Diagnostics);
        Assert.Empty(place.Containers);
    }
}
