using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Qemu;

/// <summary>What a QEMU that runs a guest may still do, as the host's kernel tells it. The conformance suite runs confined too.</summary>
public sealed class QemuConfinementTests(GuestImages images) : MachineConformance<QemuUnderTest>(images)
{
    [Fact]
    public async Task A_confined_qemu_has_a_user_an_empty_root_and_a_filter_and_no_capability()
    {
        MachineConfinement user = Lab.Plain.Confinement!;
        string drive = Lab.MakeDrive("drive.img", 2048, seed: 1);
        File.SetUnixFileMode(drive, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { Drives = [new MachineDrive("mine", drive, ReadOnly: false)] });

        Dictionary<string, string> status = StatusOf(guest.Machine.ProcessId);
        Assert.Equal($"{user.UserId} {user.UserId} {user.UserId} {user.UserId}", status["Uid"]);
        Assert.Equal($"{user.GroupId} {user.GroupId} {user.GroupId} {user.GroupId}", status["Gid"]);
        Assert.Equal($"{user.GroupId}", status["Groups"]);
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], set => Assert.Equal("0000000000000000", status[set]));
        Assert.Equal("1", status["NoNewPrivs"]);
        Assert.Equal("2", status["Seccomp"]);
        Assert.Empty(Directory.EnumerateFileSystemEntries($"/proc/{guest.Machine.ProcessId}/root/"));
        Assert.EndsWith("(deleted)", new FileInfo($"/proc/{guest.Machine.ProcessId}/root").LinkTarget);
        Assert.Contains(guest.Machine.Confinement, means => means.Contains($"{user.UserId}", StringComparison.Ordinal));

        // The drive was opened before: its owner and mode do not matter any more.
        await guest.RunAsync("dd if=/dev/zero of=/dev/vda bs=64k count=1 conv=fsync,notrunc");
        Assert.All(File.ReadAllBytes(drive)[..65536], value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task A_qemu_without_confinement_keeps_its_owners_rights()
    {
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { Confinement = null });

        Assert.Equal("0 0 0 0", StatusOf(guest.Machine.ProcessId)["Uid"]);
        Assert.Single(guest.Machine.Confinement);
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(7, 0)]
    [InlineData(uint.MaxValue, 7)]
    public void A_user_that_confines_nothing_is_refused(uint user, uint group)
    {
        MachineException refusal = Assert.Throws<MachineException>(
            () => Lab.Configure(plain => plain with { Confinement = new MachineConfinement(user, group) }));

        Assert.Equal(MachineError.InvalidConfiguration, refusal.Error);
    }

    private static Dictionary<string, string> StatusOf(int pid) => File.ReadLines($"/proc/{pid}/status")
        .Select(line => line.Split(':', 2))
        .ToDictionary(parts => parts[0], parts => string.Join(' ', parts[1].Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries)));
}
