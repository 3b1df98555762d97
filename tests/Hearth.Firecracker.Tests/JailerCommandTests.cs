namespace Hearth.Firecracker.Tests;

/// <summary>The jailer's command line and directories, as its documentation has them.</summary>
public sealed class JailerCommandTests
{
    private static readonly JailerCommand Command = new() { Id = "vm-1", FirecrackerPath = "/opt/firecracker-v1.13.1-x86_64", UserId = 1000, GroupId = 2000 };

    [Fact]
    public void A_jail_is_named_by_the_program_and_the_id()
    {
        Assert.Equal("/srv/jailer/firecracker-v1.13.1-x86_64/vm-1", Command.Directory);
        Assert.Equal("/jails/firecracker-v1.13.1-x86_64/vm-1/root", (Command with { BaseDirectory = "/jails/" }).Root);
    }

    [Fact]
    public void The_arguments_are_those_that_the_jailer_documents()
    {
        Assert.Equal(
            ["--id", "vm-1", "--exec-file", "/opt/firecracker-v1.13.1-x86_64", "--uid", "1000", "--gid", "2000", "--chroot-base-dir", "/srv/jailer", "--", "--api-sock", "/a"],
            Command.Compose("--api-sock", "/a"));
        Assert.Equal(["--netns", "/run/netns/a", "--"], (Command with { NetworkNamespacePath = "/run/netns/a" }).Compose().TakeLast(3));
    }

    [Theory]
    [InlineData("/opt/firecracker", "/opt/jailer", "/opt/jailer")]
    [InlineData("/opt/firecracker-v1.13.1-x86_64", "/opt/jailer-v1.13.1-x86_64", "/opt/jailer")]
    [InlineData("/opt/other", "/opt/jailer", "/opt/jailer")]
    public void The_jailer_is_looked_for_beside_the_program(string program, params string[] expected) =>
        Assert.Equal(expected, JailerCommand.PathsBeside(program));
}
