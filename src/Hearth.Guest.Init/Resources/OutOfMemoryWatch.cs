using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Resources;

/// <summary>
/// Counts the processes that the out-of-memory killer ended, and reports them to the host. The kernel counts a process before
/// it kills it, in the process's group, whether the group's limit or the machine's memory was exceeded. A kernel without a
/// counter for each group has one for the whole guest; then a kill is reported only when a process has ended.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class OutOfMemoryWatch
{
    private const string GroupCounter = "memory.events";
    private const string MachineCounter = "/proc/vmstat";
    private const int MaxCounterBytes = 512;

    private readonly SemaphoreSlim telling = new(1, 1);
    private readonly GuestChannel channel;
    private readonly ReadinessLoop loop;
    private readonly SafeFileHandle? counter;
    private readonly ulong token;
    private long told;

    /// <param name="group">The container's control group; null if there is none.</param>
    /// <param name="loop">Waits for the counter.</param>
    /// <param name="channel">The channel to the host.</param>
    internal OutOfMemoryWatch(ControlGroup? group, ReadinessLoop loop, GuestChannel channel)
    {
        this.loop = loop;
        this.channel = channel;
        if (group?.Has(GroupCounter) == true)
        {
            counter = File.OpenHandle(group.PathOf(GroupCounter), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            token = loop.Add(OnChange, counter);
        }

        told = Count();
        Arm();
    }

    /// <summary>Returns the last known number. It reads the counter only if the kernel does not report changes.</summary>
    internal long LastCount() => counter is null ? Count() : Volatile.Read(ref told);

    /// <summary>Reads the current number.</summary>
    internal long Count()
    {
        if (counter is null)
        {
            return ControlGroup.ParseTable(File.ReadAllText(MachineCounter)).GetValueOrDefault("oom_kill");
        }

        Span<byte> text = stackalloc byte[MaxCounterBytes];
        int length = RandomAccess.Read(counter, text, fileOffset: 0);
        return ControlGroup.ParseTable(Encoding.ASCII.GetString(text[..length])).GetValueOrDefault("oom_kill");
    }

    /// <summary>Reports new kills to the host. It sends one message at a time, so that many kills in a row need only one.</summary>
    internal async Task ReportAsync()
    {
        await telling.WaitAsync().ConfigureAwait(false);
        try
        {
            long count = Count();
            if (count > told)
            {
                told = count;
                await channel.SendAsync(new GuestEvent(GuestEventKind.OutOfMemory, count)).ConfigureAwait(false);
            }
        }
        catch (GuestProtocolException)
        {
            // The channel has ended, and so the guest ends.
        }
        finally
        {
            telling.Release();
        }
    }

    private void OnChange() => _ = Task.Run(ReportAndContinueAsync);

    private async Task ReportAndContinueAsync()
    {
        try
        {
            await ReportAsync().ConfigureAwait(false);
            Arm();
        }
        catch (Exception failure)
        {
            // Nobody awaits this. An unexpected failure ends the guest, as everywhere in init.
            Init.EndMachine($"out-of-memory watch: {failure.GetType().Name}: {failure.Message}");
        }
    }

    /// <summary>Waits for the next change: the kernel reports changes since the last read.</summary>
    private void Arm()
    {
        if (counter is not null)
        {
            loop.Arm(counter, EpollEvents.Priority, token);
        }
    }
}
