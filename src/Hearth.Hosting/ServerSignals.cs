using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Hearth.Hosting;

/// <summary>Ends a server: SIGTERM lets it drain first, SIGINT and a second signal end it at once.</summary>
public sealed class ServerSignals : IDisposable
{
    private readonly CancellationTokenSource ending = new();
    private readonly PosixSignalRegistration[] signals;
    private readonly IHostApplicationLifetime application;
    private readonly Func<CancellationToken, Task> drain;
    private int received;

    /// <param name="application">What ends.</param>
    /// <param name="drain">What happens before; its end may be forced.</param>
    public ServerSignals(IHostApplicationLifetime application, Func<CancellationToken, Task> drain)
    {
        this.application = application;
        this.drain = drain;
        signals = [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT }.Select(signal => PosixSignalRegistration.Create(signal, Receive))];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in signals)
        {
            signal.Dispose();
        }

        ending.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGTERM && Interlocked.Increment(ref received) == 1)
        {
            _ = EndAsync();
        }
        else
        {
            ending.Cancel();
            application.StopApplication();
        }
    }

    private async Task EndAsync()
    {
        await drain(ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        application.StopApplication();
    }
}
