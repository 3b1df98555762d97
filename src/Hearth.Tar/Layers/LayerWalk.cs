using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar.Layers;

/// <summary>
/// Reads the upper directory of an overlay mount (overlayfs.rst) as changes of its lower directory. A character device 0/0 removes a
/// name, and the attribute <c>trusted.overlay.opaque</c> what a directory had. An unchanged directory is a change only because of what
/// is in it. The same upper directory gives the same changes in the same order.
/// </summary>
public sealed class LayerWalk
{
    private const int ListBytes = 32 << 10;

    /// <summary>Limits nesting, since each level holds descriptors.</summary>
    private const int MostLevels = 2000;

    private readonly ILayerTarget target;
    private readonly HashSet<string> own;
    private readonly Stack<Level> levels = new();

    private LayerWalk(ILayerTarget target, IEnumerable<string> own)
    {
        this.target = target;
        this.own = [.. own];
    }

    /// <summary>Packs the changes as a layer of an image.</summary>
    /// <param name="upper">The held upper directory.</param>
    /// <param name="lower">The held lower directory.</param>
    /// <param name="own">Absolute paths that the caller created as mount points: they are no changes unless the lower directory has them.</param>
    /// <param name="archive">Receives the layer.</param>
    /// <param name="warnings">Receives what was left out.</param>
    /// <exception cref="ArchiveException">Something cannot be read.</exception>
    public static void Pack(SafeFileHandle upper, SafeFileHandle lower, IEnumerable<string> own, TarWriter archive, ArchiveWarnings warnings) =>
        new LayerWalk(new LayerArchive(archive, warnings), own).Walk(upper, lower);

    /// <summary>Lists the changes: a letter of <see cref="LayerChange"/>, an absolute path, and a NUL for each.</summary>
    /// <param name="upper">The held upper directory.</param>
    /// <param name="lower">The held lower directory.</param>
    /// <param name="own">As in <see cref="Pack"/>.</param>
    /// <param name="list">Receives the list.</param>
    /// <exception cref="ArchiveException">Something cannot be read.</exception>
    public static void List(SafeFileHandle upper, SafeFileHandle lower, IEnumerable<string> own, Stream list)
    {
        using BufferedStream buffered = new(list, ListBytes);
        new LayerWalk(new LayerListing(buffered), own).Walk(upper, lower);
    }

    internal static byte[] Join(byte[] directory, ReadOnlySpan<byte> name) => directory.Length == 0 ? name.ToArray() : [.. directory, (byte)'/', .. name];

    internal static bool Has(SafeFileHandle directory, byte[] terminated) =>
        DirectoryFiles.TryStat(directory, terminated.AsSpan(0, terminated.Length - 1), out _) == Errno.None;

    /// <summary>The names in a directory in the order of their bytes, each with a NUL at its end.</summary>
    internal static List<byte[]> ListNames(SafeFileHandle directory, byte[] shown)
    {
        NodePacking.Check(HeldNodes.TryOpenDirectory(directory, out SafeFileHandle listing), "open", shown);
        using (listing)
        {
            List<byte[]> names = [];
            byte[] list = new byte[ListBytes];
            while (true)
            {
                NodePacking.Check(DirectoryFiles.TryList(listing, list, out int count), "getdents64", shown);
                if (count == 0)
                {
                    names.Sort((one, other) => one.AsSpan().SequenceCompareTo(other));
                    return names;
                }

                DirectoryEntryReader entries = new(list.AsSpan(0, count));
                while (entries.MoveNext())
                {
                    names.Add([.. entries.Name, 0]);
                }
            }
        }
    }

    private void Walk(SafeFileHandle upper, SafeFileHandle lower)
    {
        NodeStatus status = NodePacking.Inspect(upper, []);
        VisitDirectory(new Level(upper, [], status, LayerChange.Changed, lower, NodePacking.Inspect(lower, [])));
        target.End();
    }

    private void VisitDirectory(Level level)
    {
        if (levels.Count == MostLevels)
        {
            throw new ArchiveException(TarError.Refused, $"{NodePacking.Show(level.Name)}: directories are nested more than {MostLevels} deep");
        }

        levels.Push(level);
        if (level.Change == LayerChange.Added)
        {
            Report();
        }
        else if (level.Lower is { } lower && IsOpaque(level.Upper))
        {
            Report();
            target.AddOpaque(level.Name, lower, level.Upper);
        }

        foreach (byte[] name in ListNames(level.Upper, level.Name))
        {
            VisitEntry(level, name);
        }

        if (!level.IsReported && level.IsChanged)
        {
            Report();
        }

        levels.Pop();
    }

    private void VisitEntry(Level parent, byte[] terminated)
    {
        ReadOnlySpan<byte> name = terminated.AsSpan(0, terminated.Length - 1);
        byte[] full = Join(parent.Name, name);
        Errno errno = HeldNodes.TryHold(parent.Upper, name, mayCrossMounts: false, out SafeFileHandle held);
        using (held)
        {
            if (errno == Errno.ENOENT)
            {
                return;
            }

            NodePacking.Check(errno, "open", full);
            NodeStatus status = NodePacking.Inspect(held, full);
            using SafeFileHandle? lower = TryHoldLower(parent.Lower, name, out NodeStatus lowerStatus);
            if (lower is null && own.Contains($"/{NodePacking.Show(full)}"))
            {
                parent.HasOwn = true;
            }
            else if (status is { Type: NodeTypes.CharacterDevice, RawDevice: 0 })
            {
                Report();
                target.AddDeletion(parent.Name, name.ToArray());
            }
            else if (status.IsDirectory)
            {
                bool isMerged = lower is not null && lowerStatus.IsDirectory;
                VisitDirectory(new Level(held, full, status, ChangeOf(lower), isMerged ? lower : null, lowerStatus));
            }
            else
            {
                Report();
                target.AddNode(held, full, status, ChangeOf(lower));
            }
        }
    }

    /// <summary>Reports the directories on the way to the current place that are not reported yet.</summary>
    private void Report()
    {
        Level[] inner = levels.ToArray();
        Array.Reverse(inner);
        foreach (Level level in Array.FindAll(inner, level => !level.IsReported))
        {
            level.IsReported = true;
            target.AddDirectory(level.Upper, level.Name, level.Status, level.Change);
        }
    }

    private static LayerChange ChangeOf(SafeFileHandle? lower) => lower is null ? LayerChange.Added : LayerChange.Changed;

    private static SafeFileHandle? TryHoldLower(SafeFileHandle? directory, ReadOnlySpan<byte> name, out NodeStatus status)
    {
        status = default;
        if (directory is null)
        {
            return null;
        }

        Errno errno = HeldNodes.TryHold(directory, name, mayCrossMounts: false, out SafeFileHandle held);
        if (errno == Errno.None && HeldNodes.TryInspect(held, "\0"u8[..0], out status) == Errno.None)
        {
            return held;
        }

        held.Dispose();
        return null;
    }

    private static bool IsOpaque(SafeFileHandle directory)
    {
        Span<byte> value = stackalloc byte[1];
        return HeldAttributes.TryGet(directory, "trusted.overlay.opaque\0"u8[..^1], value, out int count) == Errno.None && count == 1 && value[0] == (byte)'y';
    }

    /// <summary>A directory of the upper tree on the way to the current place.</summary>
    private sealed class Level(SafeFileHandle upper, byte[] name, NodeStatus status, LayerChange change, SafeFileHandle? lower, NodeStatus lowerStatus)
    {
        internal SafeFileHandle Upper => upper;

        /// <summary>Empty for the root.</summary>
        internal byte[] Name => name;

        internal NodeStatus Status => status;

        internal LayerChange Change => change;

        /// <summary>The directory of the image with the same name; null if there is none.</summary>
        internal SafeFileHandle? Lower => lower;

        internal bool IsReported { get; set; }

        /// <summary>Whether a mount point of the caller's is in it, which changed its time.</summary>
        internal bool HasOwn { get; set; }

        /// <summary>Whether its own attributes differ. Those of the root are the overlay's, which may differ from the drive's.</summary>
        internal bool IsChanged => name.Length > 0 && (status.Mode, status.Uid, status.Gid) != (lowerStatus.Mode, lowerStatus.Uid, lowerStatus.Gid)
            || (name.Length > 0 && !HasOwn && status.Modified != lowerStatus.Modified);
    }
}
