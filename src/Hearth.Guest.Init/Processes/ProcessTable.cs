using Hearth.Guest.Init.Boot;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// The processes that the host has requested, by the host's names. A name is free again before the end is reported to the host.
/// What continues after that, such as reading the output of background processes, has no name.
/// </summary>
internal sealed class ProcessTable(GuestChannel channel, WorkList work)
{
    /// <summary>Killed processes end immediately, except one that waits for a drive in the kernel.</summary>
    private static readonly TimeSpan EndingTimeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, GuestProcess> named = new(StringComparer.Ordinal);

    internal async Task StartAsync(StartProcess request, ProcessServices? services)
    {
        GuestProcess? process = services is null ? null : new GuestProcess(request, channel, services, () => Free(request.ProcessId));
        string? refusal = process is null ? "the guest is not configured yet"
            : !TryName(request.ProcessId, process) ? "a process with this id is already running"
            : null;
        if (refusal is null)
        {
            work.Add(services!.Launches.StartAsync(process!.RunAsync));
            return;
        }

        await HostStreams.RefuseAsync(request, channel).ConfigureAwait(false);
        await channel.SendAsync(new ProcessFailed(request.ProcessId, StartFailure.System, refusal)).ConfigureAwait(false);
    }

    /// <summary>Returns the process of this name; null if none runs.</summary>
    internal GuestProcess? Find(string id)
    {
        lock (named)
        {
            return named.GetValueOrDefault(id);
        }
    }

    /// <summary>Kills all processes, and waits until the end of each was reported to the host.</summary>
    internal async Task EndAllAsync()
    {
        GuestProcess[] alive;
        lock (named)
        {
            alive = [.. named.Values];
        }

        foreach (GuestProcess process in alive)
        {
            process.Signal(SignalNumber.Kill, isForAll: true);
        }

        try
        {
            await work.WhenAllEnded().WaitAsync(EndingTimeout).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or GuestProtocolException)
        {
            GuestConsole.Write($"cannot end and report all processes: {failure.Message}");
        }
    }

    private bool TryName(string id, GuestProcess process)
    {
        lock (named)
        {
            return named.TryAdd(id, process);
        }
    }

    private void Free(string id)
    {
        lock (named)
        {
            named.Remove(id);
        }
    }
}
