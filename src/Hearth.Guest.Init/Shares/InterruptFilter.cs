using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Shares;

/// <summary>
/// Filters a share's INTERRUPTs, since only the guest knows the processes. If the process is being killed, the INTERRUPT goes to
/// the host. Any other is held back, and the interrupted request continues. For the thread that carries requests.
/// </summary>
/// <param name="device">The share's FUSE device; the caller keeps ownership.</param>
internal sealed class InterruptFilter(SafeFileHandle device) : IDisposable
{
    /// <summary>A power of two, far above a guest's pending requests. A request that is overwritten cannot be interrupted.</summary>
    private const int RememberedRequests = 4096;

    private readonly (ulong Unique, uint Thread)[] requests = new (ulong, uint)[RememberedRequests];
    private readonly DeferredInterrupts heldBack = new(reply => FuseDevice.TryWriteReply(device, reply));

    /// <summary>Checks a request on its way to the host.</summary>
    /// <returns>False if the request must not be sent to the host.</returns>
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

    /// <summary>A request's index. The kernel numbers requests in steps of two (FUSE_REQ_ID_STEP), before Linux 4.20 of one.</summary>
    private static int IndexOf(ulong unique) => (int)(unique & (RememberedRequests - 1));
}
