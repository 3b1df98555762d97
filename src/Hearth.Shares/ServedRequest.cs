namespace Hearth.Shares;

/// <summary>
/// The request that one thread serves. Either this thread or the thread that interrupts it claims the request, and then answers it.
/// </summary>
internal sealed class ServedRequest
{
    /// <summary>The kernel's number of the request; 0 if there is none, or if it is claimed.</summary>
    private ulong unique;

    public void Begin(ulong request) => Volatile.Write(ref unique, request);

    /// <summary>Claims the right to answer a request; false if the thread serves another request, or it is already claimed.</summary>
    public bool TryClaim(ulong request) => request != 0 && Interlocked.CompareExchange(ref unique, 0, request) == request;
}
