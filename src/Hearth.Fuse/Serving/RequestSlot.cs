using Hearth.Fuse.Protocol;

namespace Hearth.Fuse.Serving;

/// <summary>What one thread needs to take requests and answer them, one at a time.</summary>
/// <param name="sink">Where its requests are answered: the queue they came from.</param>
/// <param name="allSinks">Returns the current sinks of all threads of the session.</param>
internal sealed class RequestSlot(IReplySink sink, Func<IReadOnlyList<IReplySink>> allSinks)
{
    /// <summary>
    /// Room for the longest reply except READ's: the part of a directory that the kernel requests in one READDIR.
    /// </summary>
    private const int ScratchInBytes = 16 * 1024;

    private readonly byte[] scratch = new byte[ScratchInBytes];

    public IReplySink Sink { get; } = sink;

    public IReadOnlyList<IReplySink> AllSinks => allSinks();

    /// <summary>A buffer for building a reply.</summary>
    public Span<byte> Scratch => scratch;

    /// <summary>The operation for the next READ; null from the start of a READ that has to wait until the next request.</summary>
    public ReadOperation? Operation { get; set; }

    /// <summary>The clock's time stamp at which the request being answered arrived; 0 between requests.</summary>
    public long StartedAt { get; set; }
}
