using Hearth.Containers;
using Hearth.Control.Attachment;

namespace Hearth.Cli;

/// <summary>Turns Ctrl-C and the other signals that end a program into a cancellation, so that a command can clean up first.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stopping;
    private readonly SignalRelay relay;

    public StopSignals(CancellationToken outer)
    {
        stopping = CancellationTokenSource.CreateLinkedTokenSource(outer);
        relay = new SignalRelay(Stop, () => { });
    }

    /// <summary>The signal that came; 0 for none.</summary>
    public int Signal { get; private set; }

    /// <summary>The exit code of a program that a signal ended.</summary>
    public int ExitCode => ExitCodes.SignalBase + Signal;

    public CancellationToken Token => stopping.Token;

    public void Dispose()
    {
        relay.Dispose();
        stopping.Dispose();
    }

    private void Stop(int signal)
    {
        Signal = signal;
        stopping.Cancel();
    }
}
