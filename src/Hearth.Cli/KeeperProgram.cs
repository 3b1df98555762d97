using System.Globalization;
using Hearth.Runtime;
using Hearth.Runtime.Keeping;

namespace Hearth.Cli;

/// <summary>The program as a keeper; nobody types this.</summary>
internal static class KeeperProgram
{
    /// <returns>Null where the words are not those of <see cref="KeeperLauncher.Command"/>.</returns>
    public static Task<int>? TryRun(string[] words) =>
        words is [KeeperLauncher.Command, string id, string state, string run, string records, string start]
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long startTimestamp)
            ? Keeper.RunAsync(new RuntimeDirectories(state, run) { Records = records }, id, KeeperLauncher.TakeStarter(), TimeProvider.System, startTimestamp)
            : null;
}
