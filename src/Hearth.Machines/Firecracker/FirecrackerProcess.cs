using System.Net.Sockets;
using Hearth.Firecracker;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Processes;
using Hearth.Machines.Console;
using Hearth.Machines.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// A Firecracker process with its API, the guest's console (its standard output), its error messages (its standard error), and
/// the sockets that it leaves in the run directory.
/// </summary>
internal sealed class FirecrackerProcess : IRunningVmm
{
    /// <summary>The pause between attempts to connect: Firecracker creates the socket and listens on it in two system calls.</summary>
    private static readonly TimeSpan ListenGap = TimeSpan.FromMilliseconds(1);

    private readonly VmmProcess process;
    private readonly FirecrackerJail? jail;
    private readonly RunFiles files;
    private readonly LogPipe?[] logs;
    private readonly PathWatch watch;
    private readonly VmmErrorLines errorLines = new();
    private readonly Task reading;
    private readonly Task stopping;
    private bool channelTaken;

    private FirecrackerProcess(
        VmmProcess process, ConsoleLog console, FirecrackerJail? jail, RunFiles files, LogPipe?[] logs, PathWatch watch, Stream output, Stream error)
    {
        this.process = process;
        this.jail = jail;
        this.files = files;
        this.logs = logs;
        this.watch = watch;
        Console = console;
        Client = new FirecrackerClient(ConnectAsync);
        reading = Task.WhenAll(
        [
            VmmOutput.DrainAsync(output, bytes => console.Append(bytes)),
            VmmOutput.DrainAsync(error, errorLines.Append),
            .. logs.OfType<LogPipe>().Select(log => log.CarryAsync()),
        ]);

        // When the process has ended, its socket will not appear any more, so the wait for it is stopped.
        stopping = process.Ended.ContinueWith(
            _ => watch.Stop(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public int ProcessId => process.ProcessId;

    public ConsoleLog Console { get; }

    internal FirecrackerClient Client { get; }

    /// <summary>Firecracker's output on standard error, as one line.</summary>
    internal string ErrorLines => errorLines.ToString();

    /// <summary>The path of the vsock device's socket, as Firecracker sees it.</summary>
    internal string VsockPath => files.VsockSocketInside;

    /// <summary>The machine with the paths inside the jail; null without a jail.</summary>
    internal MachineConfiguration? Inside => jail?.Inside;

    /// <summary>The description of the jail, for reports.</summary>
    internal IReadOnlyList<string> JailDescription => jail?.Describe() ?? [];

    /// <summary>The path to which Firecracker writes its log; null for none.</summary>
    internal string? LogPath => logs[0]?.Path;

    /// <summary>The path to which Firecracker writes its counters; null for none.</summary>
    internal string? MetricsPath => logs[1]?.Path;

    /// <summary>Starts Firecracker.</summary>
    /// <param name="program">Firecracker's file.</param>
    /// <param name="jailer">The jailer's file, for a machine with a confinement; else null.</param>
    /// <param name="machine">The machine, for its id and its run directory.</param>
    /// <param name="options">The options of the logs and the jail.</param>
    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="console">The log for the guest's console; this method takes ownership.</param>
    /// <exception cref="MachineException">The process could not be started.</exception>
    internal static async Task<FirecrackerProcess> StartAsync(
        string program, string? jailer, MachineConfiguration machine, FirecrackerOptions options, HostEnvironment environment, ConsoleLog console)
    {
        List<IDisposable> taken = [console];
        try
        {
            FirecrackerJail? jail = jailer is null ? null : Take(FirecrackerJail.Create(machine, program, options.Jail ?? new FirecrackerJailOptions()));
            string directory = jail?.Root ?? machine.RunDirectory;
            RunFiles files = Take(RunFiles.Take(directory, isRoot: jail is not null));
            LogPipe?[] logs = [LogPipe.Open(options.LogPath, options.LogLimitInBytes), LogPipe.Open(options.MetricsPath, options.LogLimitInBytes)];
            taken.AddRange(logs.OfType<LogPipe>());
            PathWatch watch = Take(PathWatch.ForNames(directory));
            SocketEnds output = Take(SocketEnds.Create());
            SocketEnds error = Take(SocketEnds.Create());
            using SafeFileHandle input = File.OpenHandle("/dev/null");
            string[] own = ["--api-sock", files.ApiSocketInside, "--level", "Error"];
            VmmProcess process = await VmmProcess.StartAsync(
                jailer ?? program,
                jail is null ? ["--id", machine.Id, .. own] : jail.Compose(own),
                [files.Descriptor, .. logs.OfType<LogPipe>().Select(log => log.Theirs)],
                input,
                output.Theirs,
                error.Theirs,
                environment,
                machine.NetworkNamespace,
                jail?.Mounts).ConfigureAwait(false);
            Array.ForEach([output.Theirs, error.Theirs, .. logs.OfType<LogPipe>().Select(log => log.Theirs)], end => end.Dispose());
            return new FirecrackerProcess(process, console, jail, files, logs, watch, output.Own, error.Own);
        }
        catch (Exception failure)
        {
            taken.ForEach(part => part.Dispose());
            throw failure is LinuxException
                ? new MachineException(MachineError.VmmFailed, $"cannot start Firecracker: {failure.Message}", failure)
                : failure;
        }

        T Take<T>(T part)
            where T : IDisposable
        {
            taken.Add(part);
            return part;
        }
    }

    public void Kill() => process.Kill();

    /// <summary>Stops the Firecracker process and with it the guest; completes when it has stopped.</summary>
    internal Task SuspendAsync() => process.SuspendAsync();

    internal void Continue() => process.Continue();

    /// <summary>Returns the channel's stream on the first call, null on later calls.</summary>
    internal Stream? TakeChannel(uint port) =>
        Interlocked.Exchange(ref channelTaken, true) ? null : new VsockStream(files.VsockSocket, port, process.Ended);

    public async Task<ProcessEnd> WaitAsync()
    {
        ProcessEnd end = await process.Ended.ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        await stopping.ConfigureAwait(false);
        return end;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await WaitAsync().ConfigureAwait(false);
        await Client.DisposeAsync().ConfigureAwait(false);
        files.RemoveSockets();
        files.Dispose();
        jail?.Dispose();
        watch.Dispose();
        Array.ForEach(logs, log => log?.Dispose());
        Console.Dispose();
    }

    /// <summary>Waits until the API's socket exists and Firecracker listens on it.</summary>
    /// <exception cref="MachineException">The process ended first.</exception>
    private async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(_ => watch.Stop(), null))
        {
            await Task.Factory.StartNew(
                () => watch.WaitUntil(() => File.Exists(files.ApiSocket)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (process.Ended.IsCompleted)
            {
                throw new MachineException(MachineError.MachineEnded, "Firecracker ended before its API answered");
            }

            try
            {
                return await FirecrackerClient.ConnectAsync(files.ApiSocket, cancellationToken).ConfigureAwait(false);
            }
            catch (FirecrackerException refused) when (refused.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                await ((Task)process.Ended).WaitAsync(ListenGap, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (FirecrackerException gone)
            {
                throw new MachineException(
                    MachineError.MachineEnded, $"cannot connect to Firecracker's API socket: {gone.InnerException!.Message}", gone);
            }
        }
    }
}
