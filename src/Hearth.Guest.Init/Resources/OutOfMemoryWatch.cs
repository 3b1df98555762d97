using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Resources;

/// <summary>
/// How many processes the kernel has ended for want of memory, and the word of it to the host. The kernel counts one before
/// it kills it, in the group where it was, be the limit the group's or the machine's. A kernel that does not count by group
/// counts for the whole guest; then nothing is told until a process is seen to end.
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

    /// <param name="group">Null where there is none.</param>
    /// <param name="loop">Waits for the counter.</param>
    /// <param name="channel">To the host.</param>
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

    /// <summary>How many so far, as far as is known without looking where the kernel tells of each.</summary>
    internal long LastCount() => counter is null ? Count() : Volatile.Read(ref told);

    /// <summary>How many so far.</summary>
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

    /// <summary>Tells the host of those that it has not been told of. One word at a time, so that many soon after one another are told as one.</summary>
    internal async Task TellAsync()
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
            // Nobody is there to be told any more, and the guest ends.
        }
        finally
        {
            telling.Release();
        }
    }

    private void OnChange() => _ = Task.Run(TellAndWatchOnAsync);

    private async Task TellAndWatchOnAsync()
    {
        try
        {
            await TellAsync().ConfigureAwait(false);
            Arm();
        }
        catch (Exception failure)
        {
            // Nobody awaits this: what nobody expected ends the guest, as it does everywhere in init.
            Init.EndMachine($"out-of-memory watch: {failure.GetType().Name}: {failure.Message}");
        }
    }

    /// <summary>The kernel reports a change since the last reading.</summary>
    private void Arm()
    {
        if (counter is not null)
        {
            loop.Arm(counter, EpollEvents.Priority, token);
        }
    }
}
