using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Another source's contents, each read of which waits until it is let through, as if the bytes came over a network.</summary>
public sealed class GatedContent(IContentSource source) : IContentSource
{
    private readonly SemaphoreSlim gate = new(0);

    public long FailedReads => source.FailedReads;

    public IReadOnlyList<SourceFault> Faults => source.Faults;

    /// <summary>Files that reads came for, in their order.</summary>
    public List<int> Asked { get; } = [];

    /// <summary>Lets so many reads through that wait or will come.</summary>
    public void Let(int reads) => gate.Release(reads);

    public async ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        lock (Asked)
        {
            Asked.Add(node.Index);
        }

        await gate.WaitAsync(cancellationToken);
        await source.ReadAsync(node, offset, destination, cancellationToken);
    }

    public void Dispose() => gate.Dispose();
}
