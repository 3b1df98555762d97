using Hearth.Machines.Firecracker;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>
/// The real Firecracker, named by <see cref="FirecrackerDriver.Variable"/>, on KVM: natively, or within an emulated machine
/// whose processor virtualises. Its guests have a serial console, since the suite looks at that.
/// </summary>
public sealed class FirecrackerUnderTest : DriverUnderTest
{
    /// <summary>Marks the classes that need the real program.</summary>
    internal const string Trait = "vmm";

    internal const string Real = "firecracker";

    private const string Listener = "vsock-listen";

    /// <summary>Jailed where there is a jailer.</summary>
    public override MachineConfinement? Confinement => HasJailer ? base.Confinement : null;

    /// <summary>A jail sees files by mounts, and the kernel mounts no file that was removed.</summary>
    public override bool TakesNamelessFiles => !HasJailer;

    private static bool HasJailer => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(FirecrackerJailOptions.Variable));

    private static readonly FirecrackerOptions Options = new() { SerialConsole = true };

    public override IMachineDriver Create() => new FirecrackerDriver(TestEnvironment.Own, program: null, Options);

    public override IMachineDriver CreateWith(string program) => new FirecrackerDriver(TestEnvironment.Own, program, Options);

    /// <summary>
    /// The shell becomes the listener, and that the shell again, with the connection. Then Ctrl-Alt-Del is the shell's, which
    /// writes back as Hearth's init does; but for a guest that shall be silent the kernel restarts by itself, its default.
    /// </summary>
    public override string OpenChannelScript =>
        $"""
        [ -e /proc/self/fd/3 ] || exec /{Listener}
        case "$(cat /proc/cmdline)" in
            *{GuestScript.NeverAnswer}*) ;;
            *) echo 0 >/proc/sys/kernel/ctrl-alt-del; trap 'sync; reboot -f' INT ;;
        esac
        """;

    internal override IReadOnlyDictionary<string, byte[]> GuestPrograms { get; } =
        new Dictionary<string, byte[]> { [Listener] = TinyVsockListener.Make(MachineLab.Channel.VsockPort, GuestScript.Path) };

    internal override IReadOnlyList<string> LeftByKilledOwner => ["firecracker.sock", "vsock.sock"];

    /// <summary>Why these tests cannot run on this host itself; null where they can.</summary>
    internal static string? FindObstacle()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(FirecrackerDriver.Variable)))
        {
            return $"{FirecrackerDriver.Variable} names no Firecracker to run: './dev firecracker setup' gets one";
        }

        KvmSupport kvm = KvmSupport.Inspect();
        return kvm.IsUsable ? null : $"Firecracker needs KVM: {kvm.Finding}";
    }

    internal override void RequireHost()
    {
        string? obstacle = FindObstacle();
        Assert.SkipUnless(obstacle is null, obstacle ?? "");
    }
}
