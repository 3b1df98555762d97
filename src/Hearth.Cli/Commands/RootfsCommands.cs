using Hearth.Cli.CommandLine;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs</c>: the virtual disk on its own, without a machine.</summary>
internal static class RootfsCommands
{
    public static HearthCommand Create(CommandContext context) =>
        new HearthCommand("rootfs", "Plan, serve and inspect virtual disks") { Usage = "COMMAND" }
            .WithCommands(
                new RootfsPlanCommand(context).Create(),
                new RootfsServeCommand(context).Create(),
                new RootfsDumpCommand(context).Create());
}
