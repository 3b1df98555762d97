using System.Buffers.Binary;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Kernel;
using Hearth.Machines.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>What the driver finds out before anything is started.</summary>
public sealed class FirecrackerDriverTests : IDisposable
{
    private readonly FirecrackerLab lab = new();

    [Fact]
    public void A_host_without_kvm_is_told_why_and_what_runs_there()
    {
        string program = StandIn.Write(lab["firecracker"], "");
        MachineException Refusal(KvmSupport kvm, bool trust = false) => Assert.Throws<MachineException>(
            () => FirecrackerLab.Driver(program, new FirecrackerOptions { TrustKvm = trust }, kvm).Configure(lab.Plain));

        MachineException missing = Refusal(new KvmSupport(false, false, "/dev/kvm is not there"), trust: true);
        Assert.Equal(MachineError.AcceleratorUnusable, missing.Error);
        Assert.Contains("/dev/kvm is not there", missing.Message);
        Assert.Contains("QEMU", missing.Message);
        KvmSupport untrusted = new(false, true, "no vmx");
        Assert.Contains("no vmx", Refusal(untrusted).Message);
        Assert.NotNull(FirecrackerLab.Driver(program, new FirecrackerOptions { TrustKvm = true }, untrusted).Configure(lab.Plain));
    }

    [Fact]
    public void What_keeps_firecracker_from_running_a_kernel_is_found_without_starting_it()
    {
        KernelEntry complete = Kernel("virtio_mmio", "virtio_blk", "vmw_vsock_virtio_transport");
        Assert.Contains("install Firecracker", FirecrackerLab.Driver(lab["nowhere"]).FindObstacle(complete));
        string program = StandIn.Write(lab["firecracker"], "");
        Assert.Null(FirecrackerLab.Driver(program).FindObstacle(complete));
        Assert.Equal("the kernel k has no vmw_vsock_virtio_transport", FirecrackerLab.Driver(program).FindObstacle(Kernel("virtio_mmio", "virtio_blk")));
        Assert.Equal(
            "KVM, which it needs, is not usable: no vmx", FirecrackerLab.Driver(program, kvm: new KvmSupport(false, true, "no vmx")).FindObstacle(complete));
    }

    [Fact]
    public void A_program_for_another_processor_is_told_before_it_is_started()
    {
        byte[] head = TinyKernel.Make(machine: 183);
        File.WriteAllBytes(lab["firecracker"], head);
        File.SetUnixFileMode(lab["firecracker"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        MachineException refusal = Refusal(plain => plain);

        Assert.Equal(MachineError.VmmMissing, refusal.Error);
        Assert.Equal(183, BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(18)));
        Assert.Contains("is a program for aarch64, and this host's processor is x86_64", refusal.Message);
    }

    [Fact]
    public void A_missing_program_is_told_with_where_it_is_looked_for()
    {
        MachineException refusal = Refusal(plain => plain);

        Assert.Equal(MachineError.VmmMissing, refusal.Error);
        Assert.Contains("install Firecracker 1.13.1, or set HEARTH_FIRECRACKER", refusal.Message);
    }

    [Theory]
    [InlineData("/etc/passwd", "the program /etc/passwd cannot be executed")]
    [InlineData("/nonexistent", "the program /nonexistent does not exist")]
    [InlineData("/etc", "the program /etc is a directory")]
    [InlineData("no-such-firecracker", "the program no-such-firecracker is not in PATH")]
    public void What_is_no_program_is_told_by_what_it_is(string program, string reason)
    {
        MachineException refusal = Assert.Throws<MachineException>(() => FirecrackerLab.Driver(program).Configure(lab.Plain));

        Assert.Equal(MachineError.VmmMissing, refusal.Error);
        Assert.StartsWith(reason, refusal.Message);
    }

    [Theory]
    [InlineData("memory", "more than this host's")]
    [InlineData("command line", "kernels take 2048")]
    [InlineData("drives", "18 drives are too many: this machine takes 17")]
    [InlineData("bzImage", "not a 64-bit little-endian ELF file")]
    [InlineData("host-forward", "Firecracker has network interfaces only by taps: use QEMU for one by a socket, or another network")]
    public void What_firecracker_would_take_and_fail_with_is_refused(string what, string reason)
    {
        string drive = lab.MakeDrive("drive.img");
        File.WriteAllBytes(lab["bzImage"], Packing.BzImage(TinyKernel.Make(), "gzip"));
        using SafeFileHandle socket = File.OpenHandle("/dev/null");
        MachineException refusal = Refusal(plain => what switch
        {
            "host-forward" => plain with { NetworkInterfaces = [new MachineNetworkInterface("net0", "", [2, 0, 0, 0, 0, 1]) { Socket = socket }] },
            "memory" => plain with { MemoryInMiB = 1 << 30 },
            "command line" => plain with { KernelArguments = [new string('x', 1900)] },
            "drives" => plain with { Drives = [.. Enumerable.Range(0, 18).Select(number => new MachineDrive($"d{number}", drive, true))] },
            _ => plain with { KernelPath = lab["bzImage"] },
        });

        Assert.Contains(reason, refusal.Message);
    }

    [Fact]
    public void A_log_nowhere_is_refused()
    {
        string program = StandIn.Write(lab["firecracker"], "");

        MachineException refusal = Assert.Throws<MachineException>(
            () => FirecrackerLab.Driver(program, new FirecrackerOptions { MetricsPath = lab["nowhere/metrics"] }).Configure(lab.Plain));

        Assert.Contains(lab["nowhere/metrics"], refusal.Message);
    }

    public void Dispose() => lab.Dispose();

    private static KernelEntry Kernel(params string[] modules) => new()
    {
        Name = "k",
        Release = "6.1",
        Architecture = "x86_64",
        Digest = "",
        EndAddress = 1 << 20,
        Source = "",
        Features = [],
        FileSystems = [],
        Modules = [.. modules.Select(name => new KernelModule(name, []))],
    };

    private MachineException Refusal(Func<MachineConfiguration, MachineConfiguration> change) =>
        Assert.Throws<MachineException>(() => FirecrackerLab.Driver(lab["firecracker"]).Configure(change(lab.Plain)));
}
