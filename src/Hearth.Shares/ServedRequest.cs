namespace Hearth.Shares;

/// <summary>The request that one thread serves. Whoever claims it answers it: the thread, or the one that interrupts it.</summary>
internal sealed class ServedRequest
{
    /// <summary>The kernel's number of it; 0 where there is none, or it is claimed.</summary>
    private ulong unique;

    public void Begin(ulong request) => Volatile.Write(ref unique, request);

    /// <summary>Takes the right to answer a request; false where it is another, or was claimed.</summary>
    public bool TryClaim(ulong request) => request != 0 && Interlocked.CompareExchange(ref unique, 0, request) == request;
}
