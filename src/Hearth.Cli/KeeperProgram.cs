using System.Globalization;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Control.Attachment;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Keeper;
using Hearth.Linux.Processes;
using Hearth.Linux.Sockets;

namespace Hearth.Cli;

/// <summary>The program as a keeper, which only a client starts.</summary>
internal static class KeeperProgram
{
    /// <summary>Its name in process listings; the kernel allows 15 characters.</summary>
    private const string ProcessName = "hearth-keeper";

    /// <returns>Null if the words are neither those of <see cref="KeeperLauncher.Command"/> nor of <see cref="KeeperLauncher.ReaderCommand"/>.</returns>
    public static Task<int>? TryRun(string[] words)
    {
        if (words is not [KeeperLauncher.Command or KeeperLauncher.ReaderCommand, string id, string state, string run, string records, string start]
            || !long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long startTimestamp))
        {
            return null;
        }

        File.WriteAllText("/proc/self/comm", ProcessName);
        UnexpectedFaults faults = new(_ => null, TimeProvider.System);
        faults.Begin(ProcessName, state);
        StreamWriter error = new(StandardStreams.OpenError()) { AutoFlush = true };
        faults.WatchThreads(line => error.WriteLine($"hearth: {line}"), ExitCodes.OwnFailure);
        HearthDirectories directories = new(state, run) { Records = records };
        HostEnvironment environment = OwnArguments.ReadEnvironment(Environment.GetEnvironmentVariables());
        RegistrySettings registries = RegistrySettings.FromEnvironment(environment.Find, PeerCredentials.OwnUser);
        return words[0] == KeeperLauncher.Command
            ? KeeperProcess.RunAsync(directories, id, KeeperLauncher.TakeStarter(), environment, registries, TimeProvider.System, startTimestamp)
            : ReaderProcess.RunAsync(directories, id, KeeperLauncher.TakeStarter(), environment, registries, TimeProvider.System, startTimestamp);
    }
}
