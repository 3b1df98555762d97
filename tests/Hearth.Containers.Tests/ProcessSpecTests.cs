using Hearth.Containers.Specification;

namespace Hearth.Containers.Tests;

public sealed class ProcessSpecTests
{
    private static readonly ProcessSpec own = new()
    {
        Args = ["/bin/server"],
        Env = ["PATH=/bin", "LANG=C"],
        Cwd = "/srv",
        Terminal = true,
        ConsoleSize = new ConsoleSizeSpec(24, 80),
        User = new UserSpec { Uid = 7, Gid = 8, AdditionalGids = [9], AdditionalGroups = ["audio"], Umask = 0x3f },
        Capabilities = new CapabilitiesSpec { Effective = ["CAP_CHOWN"], Bounding = ["CAP_CHOWN"] },
        NoNewPrivileges = true,
        OomScoreAdj = 5,
    };

    [Fact]
    public void What_a_command_leaves_out_is_that_of_the_first_process() =>
        Assert.Equivalent(own with { Args = ["true"], Terminal = false, ConsoleSize = null }, new ProcessSpec { Args = ["true"], Cwd = "" }.Over(own), strict: true);

    [Fact]
    public void What_a_command_has_goes_over_that_of_the_first_process()
    {
        ProcessSpec command = new()
        {
            Args = ["sh"],
            Env = ["LANG=de", "A=1"],
            Cwd = "/tmp",
            Terminal = true,
            User = new UserSpec { Username = "web:www" },
            Capabilities = new CapabilitiesSpec { Effective = ["CAP_KILL"] },
        };
        Assert.Equivalent(
            own with
            {
                Args = ["sh"],
                Env = ["PATH=/bin", "LANG=de", "A=1"],
                Cwd = "/tmp",
                ConsoleSize = null,
                User = new UserSpec { Username = "web:www", AdditionalGroups = ["audio"], Umask = 0x3f },
                Capabilities = own.Capabilities! with { Effective = ["CAP_CHOWN", "CAP_KILL"] },
            },
            command.Over(own),
            strict: true);
    }

    [Fact]
    public void A_process_that_has_all_capabilities_keeps_them() =>
        Assert.Null(new ProcessSpec { Args = ["sh"], Capabilities = new CapabilitiesSpec { Effective = ["CAP_KILL"] } }.Over(own with { Capabilities = null }).Capabilities);
}
