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
/// Starts a container's keeper: the same program again, in its own session. One end of a socket pair is the connection of its
/// first client. The keeper outlives the process that started it.
/// </summary>
/// <param name="environment">The environment of keepers.</param>
/// <param name="program">The program, which <see cref="Command"/> makes a keeper; null for the current program.</param>
public sealed class KeeperLauncher(HostEnvironment environment, string? program = null)
{
    /// <summary>The argument that makes the program a keeper: <c>keeper ID STATE-DIR RUN-DIR RECORDS START-TIMESTAMP</c>.</summary>
    public const string Command = "keeper";

    /// <summary>The argument, instead of <see cref="Command"/>, that makes the program a reader of a stopped container's root.</summary>
    public const string ReaderCommand = "root-reader";

    /// <summary>The descriptor of the keeper's first client.</summary>
    public const int StarterNumber = 3;

    private const string OwnProgram = "/proc/self/exe";

    /// <summary>
    /// Sets for the .NET garbage collector how many bytes, in hexadecimal, to allocate between two collections of the youngest
    /// generation. The default is the size of a processor cache. The collector keeps that memory: a fifth of an idle keeper's.
    /// </summary>
    private const string NurserySizeVariable = "DOTNET_GCgen0size";

    private const string NurseryBytesHex = "40000";

    /// <summary>The standard error of a keeper that has no other.</summary>
    private const string MessagesFile = "keeper.log";

    /// <summary>Starts the keeper of a container.</summary>
    /// <param name="directories">Where the container is stored.</param>
    /// <param name="id">The full id.</param>
    /// <param name="startTimestamp">When the start was requested.</param>
    /// <param name="standardStreams">The keeper's standard input, output and error; null for none.</param>
    /// <param name="network">
    /// The container's network. An engine finds the namespace that the container joins by the keeper's pid.
    /// </param>
    /// <exception cref="HearthException">The process cannot be started.</exception>
    internal (ControlConnection Connection, int Pid) Launch(HearthDirectories directories, string id, long startTimestamp, KeeperStandardStreams? standardStreams, KeeperNetwork network) =>
        Launch(Command, directories, id, startTimestamp, standardStreams, network);

    /// <summary>Starts the reader of a stopped container's root.</summary>
    /// <exception cref="HearthException">The process cannot be started.</exception>
    internal (ControlConnection Connection, int Pid) LaunchReader(HearthDirectories directories, string id, long startTimestamp) =>
        Launch(ReaderCommand, directories, id, startTimestamp, standardStreams: null, new KeeperNetwork(new NetworkOptions(), isEngines: false));

    private (ControlConnection Connection, int Pid) Launch(
        string command, HearthDirectories directories, string id, long startTimestamp, KeeperStandardStreams? standardStreams, KeeperNetwork network)
    {
        string[] arguments = [program ?? "hearth", command, id, directories.State, directories.Run, directories.Records, startTimestamp.ToString(CultureInfo.InvariantCulture)];
        try
        {
            (SafeFileHandle mine, SafeFileHandle theirs) = GuestSockets.CreatePair();
            using (theirs)
            using (SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            using (SafeFileHandle messages = File.OpenHandle(
                Path.Combine(directories.Records, id, MessagesFile), FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
            {
                int pid = network.Start(Spawn);
                return (new ControlConnection(OwnedSocket(mine)), pid);

                int Spawn() => ProcessSpawning.SpawnInNewSession(
                    program ?? OwnProgram,
                    arguments,
                    ComposeEnvironment(),
                    (standardStreams?.Input ?? nothing, 0),
                    (standardStreams?.Output ?? nothing, 1),
                    (standardStreams?.Error ?? messages, 2),
                    (theirs, StarterNumber));
            }
        }
        catch (Exception exception) when (exception is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.KeeperFailed, $"cannot start the keeper of container {id[..12]}: {exception.Message}", exception);
        }
    }

    /// <summary>The given variables, plus the size of the youngest generation unless the caller has set it.</summary>
    private IReadOnlyList<string> ComposeEnvironment() => environment.Find(NurserySizeVariable) is null
        ? [.. environment.Lines, $"{NurserySizeVariable}={NurseryBytesHex}"]
        : [.. environment.Lines];

    /// <summary>Takes the keeper's end of the socket pair, in the keeper.</summary>
    public static Socket TakeStarter()
    {
        // The keeper has inherited it on purpose. The machine must not inherit it from the keeper.
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

/// <summary>Descriptors that become a keeper's standard streams. The caller closes its own copies.</summary>
public sealed record KeeperStandardStreams(SafeFileHandle Input, SafeFileHandle Output, SafeFileHandle Error);
