using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>
/// eventfd(2): a counter in the kernel. A waiter takes its value, and every holder of the descriptor can add to it.
/// </summary>
public sealed partial class EventCounter : IDisposable
{
    private const int CloseOnExec = 0x80000;

    public EventCounter()
    {
        Descriptor = eventfd(0, CloseOnExec);
        if (Descriptor.IsInvalid)
        {
            throw LinuxException.FromLastError("eventfd");
        }
    }

    /// <summary>For calls that need an eventfd's number; this object keeps its ownership.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>Adds one and wakes waiters.</summary>
    public void Signal()
    {
        ulong one = 1;
        DescriptorIO.WriteAll(Descriptor, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one)));
    }

    /// <summary>Waits until the counter is not 0, then returns and resets it.</summary>
    public ulong Take()
    {
        ulong count = 0;
        DescriptorIO.Read(Descriptor, MemoryMarshal.AsBytes(new Span<ulong>(ref count)));
        return count;
    }

    public void Dispose() => Descriptor.Dispose();

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle eventfd(uint initial, int flags);
}
