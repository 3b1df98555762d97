using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>eventfd(2): a number in the kernel that who waits takes, and whoever has the descriptor adds to.</summary>
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

    /// <summary>For what takes an eventfd by its number; it stays this object's.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>Adds one, and wakes who waits.</summary>
    public void Signal()
    {
        ulong one = 1;
        DescriptorIO.WriteAll(Descriptor, MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in one)));
    }

    /// <summary>Waits until the number is not 0, and takes it.</summary>
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
