using System.Runtime.InteropServices;
using Hearth.Linux.Processes;

namespace Hearth.Control.Attachment;

/// <summary>
/// Passes the signals that this process gets to a workload, as docker's <c>--sig-proxy</c> does. Signals that stop and continue a
/// job act on this process only.
/// </summary>
public sealed class SignalRelay : IDisposable
{
    /// <summary>SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM.</summary>
    private static readonly int[] Relayed = [1, 2, 3, 10, 12, 14, 15];

    private readonly List<PosixSignalRegistration> registrations = [];

    /// <param name="signalled">Called with a signal's number, on a thread of the .NET runtime; null to keep the default actions.</param>
    /// <param name="resized">Called when the terminal's size changed.</param>
    public SignalRelay(Action<int>? signalled, Action resized)
    {
        foreach (int signal in signalled is null ? [] : Relayed)
        {
            registrations.Add(PosixSignalRegistration.Create(ByNumber(signal), context =>
            {
                context.Cancel = true;
                signalled!(signal);
            }));
        }

        registrations.Add(PosixSignalRegistration.Create(ByNumber(SignalNumber.WindowChange), _ => resized()));
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations)
        {
            registration.Dispose();
        }
    }

    /// <summary>The .NET runtime has negative numbers for some signals, and accepts the system's numbers for all others.</summary>
    private static PosixSignal ByNumber(int signal) => signal switch
    {
        1 => PosixSignal.SIGHUP,
        2 => PosixSignal.SIGINT,
        3 => PosixSignal.SIGQUIT,
        15 => PosixSignal.SIGTERM,
        28 => PosixSignal.SIGWINCH,
        _ => (PosixSignal)signal,
    };
}
