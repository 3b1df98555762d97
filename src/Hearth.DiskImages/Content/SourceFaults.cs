using System.Text;
using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>Counts failed reads of a tree's files, and keeps the first files that failed, each once. Thread-safe.</summary>
/// <param name="tree">The tree that is read.</param>
/// <param name="onFault">Receives each file when it fails for the first time; may be null.</param>
public sealed class SourceFaults(Tree tree, Action<SourceFault>? onFault)
{
    /// <summary>The number of faults kept for a report; a longer report would not help. <see cref="Count"/> counts all.</summary>
    public const int MostKept = 100;

    private readonly HashSet<int> failedNodes = [];
    private readonly List<SourceFault> faults = [];
    private long count;

    /// <summary>Failed reads.</summary>
    public long Count => Volatile.Read(ref count);

    /// <summary>At most <see cref="MostKept"/>.</summary>
    public IReadOnlyList<SourceFault> First
    {
        get
        {
            lock (failedNodes)
            {
                return [.. faults];
            }
        }
    }

    /// <summary>Counts a failed read.</summary>
    /// <param name="node">The file.</param>
    /// <param name="error">SourceChanged or SourceUnreadable.</param>
    /// <param name="reason">What differs, or the error.</param>
    /// <returns>The exception for the reader.</returns>
    public DiskImageException Add(NodeId node, DiskImageError error, string reason)
    {
        Interlocked.Increment(ref count);
        string path = Encoding.UTF8.GetString(tree.PathOf(node));
        var fault = new SourceFault(node, path, error, reason);
        bool isFirst;
        lock (failedNodes)
        {
            isFirst = failedNodes.Add(node.Index);
            if (isFirst && faults.Count < MostKept)
            {
                faults.Add(fault);
            }
        }

        if (isFirst)
        {
            onFault?.Invoke(fault);
        }

        string what = error == DiskImageError.SourceChanged ? "has changed since it was walked" : "cannot be read";
        return new DiskImageException(error, $"the source file '{path}' {what}: {reason}");
    }
}
