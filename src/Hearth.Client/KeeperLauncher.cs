using System.Globalization;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Control;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Client;

/// <summary>
/// Starts a container's keeper: the same program again, in a session of its own, with one end of a pair of sockets as its first
/// client. It outlives who started it.
/// </summary>
/// <param name="environment">The variables that keepers get.</param>
/// <param name="program">The program, which becomes a keeper by <see cref="Command"/>; null for the one that runs.</param>
public sealed class KeeperLauncher(HostEnvironment environment, string? program = null)
{
    /// <summary>The word that makes the program a keeper: <c>keeper ID STATE-DIR RUN-DIR RECORDS START-TIMESTAMP</c>.</summary>
    public const string Command = "keeper";

    /// <summary>The descriptor of the keeper's first client.</summary>
    public const int StarterNumber = 3;

    private const string OwnProgram = "/proc/self/exe";

    /// <summary>
    /// The runtime's collector reads it: how many bytes, in hexadecimal, are allocated between two collections of the youngest
    /// generation. By itself it takes a processor cache's worth and keeps that, which is a fifth of an idle keeper.
    /// </summary>
    private const string NurserySizeVariable = "DOTNET_GCgen0size";

    private const string NurseryBytesHex = "40000";

    /// <summary>What a keeper says that has no client to say it to.</summary>
    private const string MessagesFile = "keeper.log";

    /// <summary>Starts the keeper of a container.</summary>
    /// <param name="directories">Where the container is kept.</param>
    /// <param name="id">Whole.</param>
    /// <param name="startTimestamp">When the start was asked for.</param>
    /// <param name="standardStreams">What the keeper has as its standard input, output and error; null for none.</param>
    /// <exception cref="HearthException">The process cannot be started.</exception>
    internal (ControlConnection Connection, int Pid) Launch(HearthDirectories directories, string id, long startTimestamp, KeeperStandardStreams? standardStreams)
    {
        string[] arguments = [program ?? "hearth", Command, id, directories.State, directories.Run, directories.Records, startTimestamp.ToString(CultureInfo.InvariantCulture)];
        try
        {
            (SafeFileHandle mine, SafeFileHandle theirs) = GuestSockets.CreatePair();
            using (theirs)
            using (SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            using (SafeFileHandle messages = File.OpenHandle(
                Path.Combine(directories.Records, id, MessagesFile), FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
            {
                int pid = ProcessSpawning.SpawnInNewSession(
                    program ?? OwnProgram,
                    arguments,
                    ComposeEnvironment(),
                    (standardStreams?.Input ?? nothing, 0),
                    (standardStreams?.Output ?? nothing, 1),
                    (standardStreams?.Error ?? messages, 2),
                    (theirs, StarterNumber));
                return (new ControlConnection(OwnedSocket(mine)), pid);
            }
        }
        catch (Exception exception) when (exception is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.KeeperFailed, $"cannot start the process that is to keep container {id[..12]}: {exception.Message}", exception);
        }
    }

    /// <summary>The given variables, and the size of the keeper's youngest generation unless it is among them.</summary>
    private IReadOnlyList<string> ComposeEnvironment() => environment.Find(NurserySizeVariable) is null
        ? [.. environment.Lines, $"{NurserySizeVariable}={NurseryBytesHex}"]
        : [.. environment.Lines];

    /// <summary>The keeper's end, in the keeper.</summary>
    public static Socket TakeStarter()
    {
        // It was inherited on purpose, once: the machine is not to have it as well.
        using (SafeFileHandle inherited = new(StarterNumber, ownsHandle: false))
        {
            DescriptorIO.SetCloseOnExec(inherited);
        }

        return new Socket(new SafeSocketHandle(StarterNumber, ownsHandle: true));
    }

    private static Socket OwnedSocket(SafeFileHandle handle)
    {
        Socket socket = new(new SafeSocketHandle(handle.DangerousGetHandle(), ownsHandle: true));
        handle.SetHandleAsInvalid();
        return socket;
    }
}

/// <summary>Descriptors that a keeper gets as its own standard streams; they stay the caller's to close.</summary>
public sealed record KeeperStandardStreams(SafeFileHandle Input, SafeFileHandle Output, SafeFileHandle Error);
