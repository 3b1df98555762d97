using System.Text;
using Hearth.Guest.Init.Polling;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Resources;

/// <summary>Suspends all processes of the container's control group until disposal.</summary>
internal sealed class ContainerFreeze : IDisposable
{
    private const string Switch = "cgroup.freeze";
    private const string Events = "cgroup.events";
    private const int MaxEventsBytes = 128;

    /// <summary>A process in an uninterruptible call of the kernel is suspended at its end, which may be long after.</summary>
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(5);

    private readonly ControlGroup group;

    private ContainerFreeze(ControlGroup group) => this.group = group;

    /// <summary>Suspends the processes, and waits until they are.</summary>
    /// <returns>Null if the kernel cannot suspend groups (before Linux 5.2).</returns>
    internal static async Task<ContainerFreeze?> BeginAsync(ControlGroup group, ReadinessLoop loop)
    {
        if (!group.Has(Switch))
        {
            return null;
        }

        using SafeFileHandle events = File.OpenHandle(group.PathOf(Events), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        SemaphoreSlim changed = new(0);
        ulong token = loop.Add(() => changed.Release(), events);
        ContainerFreeze freeze = new(group);
        try
        {
            group.Write(Switch, "1");
            while (!IsFrozen(events))
            {
                loop.Arm(events, EpollEvents.Priority, token);
                if (!await changed.WaitAsync(timeout).ConfigureAwait(false))
                {
                    break;
                }
            }

            return freeze;
        }
        catch (LinuxException)
        {
            freeze.Dispose();
            throw;
        }
        finally
        {
            loop.Remove(events, token);
        }
    }

    public void Dispose() => group.Write(Switch, "0");

    /// <summary>Reads by the watched descriptor: the kernel reports changes since its last read.</summary>
    private static bool IsFrozen(SafeFileHandle events)
    {
        Span<byte> text = stackalloc byte[MaxEventsBytes];
        int length = RandomAccess.Read(events, text, fileOffset: 0);
        return ControlGroup.ParseTable(Encoding.ASCII.GetString(text[..length])).GetValueOrDefault("frozen") == 1;
    }
}
