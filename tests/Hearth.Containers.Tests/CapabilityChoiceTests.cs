using Hearth.Containers.Specification;

namespace Hearth.Containers.Tests;

/// <summary>docker's rules of capabilities, from all of them on (daemon/pkg/oci/caps of moby says them for its default set).</summary>
public sealed class CapabilityChoiceTests
{
    [Theory]
    [InlineData("", "ALL", "")]
    [InlineData("net_raw CAP_CHOWN", "all", "CAP_CHOWN CAP_NET_RAW")]
    public void Named_capabilities_are_left_of_none(string added, string dropped, string expected) =>
        Assert.Equal(Words(expected), CapabilityChoice.Read(Words(added), Words(dropped), isPrivileged: false)!.Effective);

    [Theory]
    [InlineData("", "NET_RAW cap_chown", "CAP_CHOWN CAP_NET_RAW")]
    [InlineData("ALL", "NET_RAW", "CAP_NET_RAW")]
    [InlineData("NET_RAW", "NET_RAW CHOWN", "CAP_CHOWN")]
    public void Dropped_capabilities_miss_among_all(string added, string dropped, string missing)
    {
        CapabilitiesSpec read = CapabilityChoice.Read(Words(added), Words(dropped), isPrivileged: false)!;

        Assert.Equal(Words(missing), CapabilitiesSpec.All.Effective.Except(read.Effective));
        Assert.Equal((read.Effective, read.Effective), (read.Bounding, read.Permitted));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("SYS_TIME", "", false)]
    [InlineData("ALL", "ALL", false)]
    [InlineData("", "ALL", true)]
    public void All_of_them_are_no_choice(string added, string dropped, bool isPrivileged) => Assert.Null(CapabilityChoice.Read(Words(added), Words(dropped), isPrivileged));

    [Theory]
    [InlineData("", "", "", "")]
    [InlineData("SYS_TIME", "CHOWN", "", "CAP_CHOWN")]
    [InlineData("CHOWN", "ALL", "CAP_CHOWN", "ALL")]
    public void The_shorter_lists_are_shown(string added, string dropped, string shownAdded, string shownDropped)
    {
        (IReadOnlyList<string> add, IReadOnlyList<string> drop) = CapabilityChoice.ListsOf(CapabilityChoice.Read(Words(added), Words(dropped), isPrivileged: false));

        Assert.Equal((shownAdded, shownDropped), (string.Join(' ', add), string.Join(' ', drop)));
    }

    [Theory]
    [InlineData(false, "no-new-privileges:false")]
    [InlineData(false, "seccomp=unconfined", "apparmor:unconfined", "label:disable", "systempaths=unconfined")]
    [InlineData(true, "no-new-privileges")]
    [InlineData(true, "no-new-privileges=true", "seccomp=unconfined")]
    public void Options_that_switch_profiles_off_are_accepted(bool isSet, params string[] options) => Assert.Equal(isSet, SecurityOption.ReadNoNewPrivileges(options));

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
