using Hearth.Fuse.Protocol;

namespace Hearth.Fuse.Serving;

/// <summary>What one thread needs to take requests and answer them, one after the other.</summary>
/// <param name="sink">Where its requests are answered: at the queue they came from.</param>
/// <param name="allSinks">Gives those of all threads that the session has by then.</param>
internal sealed class RequestSlot(IReplySink sink, Func<IReadOnlyList<IReplySink>> allSinks)
{
    /// <summary>Room for the longest reply but READ's: as much of a directory as the kernel asks for at once.</summary>
    private const int ScratchInBytes = 16 * 1024;

    private readonly byte[] scratch = new byte[ScratchInBytes];

    public IReplySink Sink { get; } = sink;

    public IReadOnlyList<IReplySink> AllSinks => allSinks();

    /// <summary>For a reply to be made in.</summary>
    public Span<byte> Scratch => scratch;

    /// <summary>For the next READ; null between one that had to wait and the next request.</summary>
    public ReadOperation? Operation { get; set; }

    /// <summary>The clock's time stamp of the arrival of the request being answered; 0 between requests.</summary>
    public long StartedAt { get; set; }
}
