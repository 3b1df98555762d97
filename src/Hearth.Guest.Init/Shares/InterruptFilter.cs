using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Shares;

/// <summary>
/// Judges a share's INTERRUPTs, since only the guest knows the processes: one of a process that is being killed is the host's to
/// answer, any other is held back, and its request goes on. For the thread that carries requests.
/// </summary>
/// <param name="device">The share's; stays its owner's.</param>
internal sealed class InterruptFilter(SafeFileHandle device) : IDisposable
{
    /// <summary>A power of two, far above the requests that a guest has under way. One that is overwritten cannot be interrupted.</summary>
    private const int RememberedRequests = 4096;

    private readonly (ulong Unique, uint Thread)[] requests = new (ulong, uint)[RememberedRequests];
    private readonly DeferredInterrupts heldBack = new(reply => FuseDevice.TryWriteReply(device, reply));

    /// <summary>Looks at a request on its way to the host.</summary>
    /// <returns>False for one that the host is not to see.</returns>
    internal bool MayPass(ReadOnlySpan<byte> message)
    {
        var header = MemoryMarshal.Read<FuseInHeader>(message);
        if (header.Opcode != FuseOpcode.Interrupt)
        {
            requests[IndexOf(header.Unique)] = (header.Unique, header.Pid);
            return true;
        }

        ulong interrupted = MemoryMarshal.Read<FuseInterruptIn>(message[Unsafe.SizeOf<FuseInHeader>()..]).Unique;
        (ulong unique, uint thread) = requests[IndexOf(interrupted)];
        if (unique == interrupted && PendingSignals.IncludeKill(thread))
        {
            return true;
        }

        heldBack.Add(header.Unique);
        return false;
    }

    public void Dispose() => heldBack.Dispose();

    /// <summary>The kernel numbers requests in steps of two (FUSE_REQ_ID_STEP), before Linux 4.20 of one.</summary>
    private static int IndexOf(ulong unique) => (int)(unique & (RememberedRequests - 1));
}
