using Hearth.Guest.Init.Boot;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// The processes that the host has asked for, by the host's names for them. A name is free again before the host hears of
/// the end; what of a process goes on behind that (the output of what it left in the background) has no name.
/// </summary>
internal sealed class ProcessTable(GuestChannel channel, WorkList work)
{
    /// <summary>Killed processes are gone at once, but for one that waits for a drive in the kernel.</summary>
    private static readonly TimeSpan EndingTimeout = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, GuestProcess> named = new(StringComparer.Ordinal);

    internal async Task StartAsync(StartProcess request, ProcessServices? services)
    {
        GuestProcess? process = services is null ? null : new GuestProcess(request, channel, services, () => Free(request.ProcessId));
        string? refusal = process is null ? "the guest is not configured yet"
            : !TryName(request.ProcessId, process) ? "a process of this id runs already"
            : null;
        if (refusal is null)
        {
            work.Add(services!.Launches.StartAsync(process!.RunAsync));
            return;
        }

        await HostStreams.RefuseAsync(request, channel).ConfigureAwait(false);
        await channel.SendAsync(new ProcessFailed(request.ProcessId, StartFailure.System, refusal)).ConfigureAwait(false);
    }

    /// <summary>Null where none of this name runs.</summary>
    internal GuestProcess? Find(string id)
    {
        lock (named)
        {
            return named.GetValueOrDefault(id);
        }
    }

    /// <summary>Kills all, and waits until the host was told of each.</summary>
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
            GuestConsole.Write($"not all processes could be ended and reported: {failure.Message}");
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
