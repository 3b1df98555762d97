using System.Text;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Hearth.Machines.Console;
using Hearth.Machines.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Qemu;

/// <summary>A QEMU process and this program's ends of its sockets: control, console, channel and error output.</summary>
internal sealed class QemuProcess : IRunningVmm
{
    private readonly VmmProcess process;
    private readonly Task reading;
    private readonly Task watching;
    private readonly VmmErrorLines errorLines = new();
    private readonly Stream serial;
    private Stream? channel;

    private QemuProcess(VmmProcess process, ConsoleLog console, Stream control, Stream serial, Stream channel, Stream error)
    {
        this.process = process;
        this.serial = serial;
        this.channel = channel;
        Console = console;
        Control = new QmpClient(control);
        watching = WatchTimerAsync(new TimerCheck(Control, console));
        reading = Task.WhenAll(VmmOutput.DrainAsync(serial, bytes => console.Append(bytes)), VmmOutput.DrainAsync(error, errorLines.Append));
    }

    internal QmpClient Control { get; }

    public ConsoleLog Console { get; }

    public int ProcessId => process.ProcessId;

    /// <summary>QEMU's output on standard error, as one line.</summary>
    internal string ErrorLines => errorLines.ToString();

    /// <param name="program">QEMU's file.</param>
    /// <param name="line">The arguments.</param>
    /// <param name="confinedIn">The run directory of a confined machine; else null.</param>
    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="console">The log for the guest's console; this method takes ownership.</param>
    /// <exception cref="MachineException">A tap could not be opened, or the process could not be started.</exception>
    internal static async Task<QemuProcess> StartAsync(string program, QemuCommandLine line, string? confinedIn, HostEnvironment environment, ConsoleLog console)
    {
        SocketEnds control = SocketEnds.Create();
        SocketEnds serial = SocketEnds.Create();
        SocketEnds channel = SocketEnds.Create();
        SocketEnds error = SocketEnds.Create();
        SocketEnds[] all = [control, serial, channel, error];
        try
        {
            using SafeFileHandle input = File.OpenHandle("/dev/null");
            using SafeFileHandle? root = confinedIn is null ? null : EmptyRoot.Create(confinedIn);
            using TapEnds taps = TapEnds.Open(line.NetworkInterfaces, line.NetworkNamespace);
            IReadOnlyList<string> arguments = line.Compose(
                VmmProcess.NumberOf(control.Theirs),
                VmmProcess.NumberOf(serial.Theirs),
                VmmProcess.NumberOf(channel.Theirs),
                [.. taps.Handles.Select(VmmProcess.NumberOf)],
                root is null ? null : RootedPaths.NameOf(root));
            SafeFileHandle[] passed = [control.Theirs, serial.Theirs, channel.Theirs, .. taps.Handles];
            VmmProcess process = await VmmProcess.StartAsync(
                program, arguments, root is null ? passed : [.. passed, root], input, error.Theirs, error.Theirs, environment, line.NetworkNamespace).ConfigureAwait(false);
            return new QemuProcess(process, console, control.Own, serial.Own, channel.Own, error.Own);
        }
        catch
        {
            Array.ForEach(all, ends => ends.Own.Dispose());
            console.Dispose();
            throw;
        }
        finally
        {
            Array.ForEach(all, ends => ends.Theirs.Dispose());
        }
    }

    public void Kill() => process.Kill();

    /// <summary>Sends one character to the guest's serial port.</summary>
    /// <exception cref="MachineException">QEMU has ended.</exception>
    internal async Task TypeAsync(char character, CancellationToken cancellationToken)
    {
        byte[] typed = [(byte)character];
        try
        {
            await serial.WriteAsync(typed, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            throw new MachineException(MachineError.MachineEnded, "QEMU has closed the guest's console", failure);
        }
    }

    /// <summary>Returns the channel's stream on the first call, null on later calls.</summary>
    internal Stream? TakeChannel() => Interlocked.Exchange(ref channel, null);

    public async Task<ProcessEnd> WaitAsync()
    {
        ProcessEnd end = await process.Ended.ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        await Control.Ended.ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        return end;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await WaitAsync().ConfigureAwait(false);
        await Control.DisposeAsync().ConfigureAwait(false);
        TakeChannel()?.Dispose();
        Console.Dispose();
    }

    /// <summary>Runs the check. If a guest that would hang cannot be reset, kills QEMU and adds the reason to its error output.</summary>
    private async Task WatchTimerAsync(TimerCheck timer)
    {
        try
        {
            await timer.WatchAsync().ConfigureAwait(false);
        }
        catch (MachineException failure)
        {
            errorLines.Append(Encoding.UTF8.GetBytes($"the guest misjudged its timer and could not be reset: {failure.Message}\n"));
            Kill();
        }
    }
}
