using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.FileTree;
using Hearth.Images.Store;
using Hearth.Linux.Text;

namespace Hearth.Images.Traces;

/// <summary>
/// Records what a start reads of its image, from the boot until some time after the first output, and stores it as the image's
/// trace. Thread-safe.
/// </summary>
/// <param name="store">Has the image.</param>
/// <param name="manifest">The image's.</param>
/// <param name="clock">Ends the recording.</param>
/// <param name="failed">Called if there is no trace in the end, from any thread.</param>
public sealed class TraceRecorder(ImageStore store, Digest manifest, TimeProvider clock, Action<ImageException> failed) : IDisposable
{
    /// <summary>A program that prints its version first, and then starts to work, still reads its files in this time.</summary>
    private static readonly TimeSpan timeAfterOutput = TimeSpan.FromSeconds(2);

    /// <summary>The time of a process that prints nothing.</summary>
    private static readonly TimeSpan longestTime = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Lock finishing = new();
    private readonly List<Read> reads = [];
    private WalkedTree? walked;
    private ContentDigests? digests;
    private ITimer? timer;
    private bool hasEnded;

    /// <summary>The process runs: the recording ends some time later.</summary>
    public void BeginProcess() => EndAfter(longestTime);

    /// <summary>The process has written its first output: the recording ends soon.</summary>
    public void BeginOutput() => EndAfter(timeAfterOutput);

    /// <summary>Ends the recording without a trace.</summary>
    /// <param name="cause">Why there is none.</param>
    public void Discard(string cause)
    {
        if (End())
        {
            failed(new ImageException(ImageError.Unsupported, $"cannot record a trace of the image {manifest}: {cause}"));
        }
    }

    /// <summary>Ends the recording, if it has not ended.</summary>
    public void Dispose()
    {
        Finish();
        timer?.Dispose();
    }

    /// <summary>The image is read from now on.</summary>
    /// <param name="tree">Its files.</param>
    /// <param name="contents">Their digests.</param>
    internal void Begin(WalkedTree tree, ContentDigests contents)
    {
        lock (gate)
        {
            (walked, digests) = (tree, contents);
            reads.Clear();
        }
    }

    /// <summary>A part of a file is read.</summary>
    internal void Add(NodeId node, long offset, int length)
    {
        lock (gate)
        {
            if (hasEnded || reads.Count == TraceDocument.MostRanges)
            {
                return;
            }

            if (reads.Count > 0 && reads[^1] is { } last && last.Node == node && last.Offset + last.Length == offset)
            {
                reads[^1] = last with { Length = last.Length + length };
            }
            else
            {
                reads.Add(new Read(node, offset, length));
            }
        }
    }

    private void EndAfter(TimeSpan time)
    {
        lock (gate)
        {
            if (!hasEnded)
            {
                timer?.Dispose();
                timer = clock.CreateTimer(_ => Finish(), null, time, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private bool End()
    {
        lock (gate)
        {
            return !hasEnded && (hasEnded = true);
        }
    }

    private void Finish()
    {
        // The second caller waits for the first.
        lock (finishing)
        {
            if (!End())
            {
                return;
            }

            try
            {
                new TraceStore(store).Write(manifest, new ImageTrace(TraceDocument.Version, Compose()));
            }
            catch (ImageException exception)
            {
                failed(exception);
            }
        }
    }

    private List<TracedFile> Compose()
    {
        List<TracedFile> files = [];
        HashSet<Read> known = [];
        List<TracedRange> ranges = [];
        NodeId? current = null;
        foreach (Read read in reads.Where(known.Add))
        {
            if (current != read.Node)
            {
                current = read.Node;
                ranges = [];
                if (digests!.Find(read.Node) is { } digest)
                {
                    files.Add(new TracedFile("/" + ByteText.Decode(walked!.Tree.PathOf(read.Node)), digest, ranges));
                }
            }

            ranges.Add(new TracedRange(read.Offset, read.Length));
        }

        return files;
    }

    private readonly record struct Read(NodeId Node, long Offset, long Length);
}
