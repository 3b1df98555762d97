using Hearth.CommandLine;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;

namespace Hearth.Cli.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("/run", "/run", "noexec,nosuid,nodev")]
    [InlineData("/tmp:size=64m,mode=1777", "/tmp", "noexec,nosuid,nodev,size=64m,mode=1777")]
    [InlineData("/tmp:exec", "/tmp", "nosuid,nodev,exec")]
    [InlineData("/tmp:noexec,size=1m", "/tmp", "noexec,nosuid,nodev,size=1m")]
    [InlineData("/a/b:", "/a/b", "noexec,nosuid,nodev")]
    public void A_tmpfs_has_dockers_options_and_the_given_ones(string text, string destination, string options)
    {
        MountSpec mount = TmpfsFlag.Parse(text);
        Assert.Equal((destination, "tmpfs", options), (mount.Destination, mount.Type, string.Join(',', mount.Options)));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("/")]
    [InlineData("//:size=1m")]
    [InlineData("")]
    public void A_tmpfs_needs_a_place_of_its_own(string text) => Assert.Throws<FormatException>(() => TmpfsFlag.Parse(text));

    [Theory]
    [InlineData("30", 30)]
    [InlineData("30s", 30)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("500ms", 0.5)]
    public void Times_have_units(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Flag.ParseDuration(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("s")]
    [InlineData("999999999h")]
    public void Other_times_are_refused(string text) => Assert.Throws<FormatException>(() => Flag.ParseDuration(text));
}
