using Hearth.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs</c>: virtual disks and images, without a machine.</summary>
internal static class RootfsCommands
{
    public static Command Create(CommandContext context, GlobalFlags global) =>
        new Command("rootfs", "Plan, serve, build, inspect and compare root file systems") { Usage = "COMMAND" }
            .WithCommands(
                new RootfsPlanCommand(context).Create(),
                new RootfsServeCommand(context, global).Create(),
                new RootfsBuildCommand(context).Create(),
                new RootfsDumpCommand(context).Create(),
                new RootfsBenchCommand(context, global).Create());
}
