using System.Globalization;
using Hearth.FileTree;
using Hearth.Linux.Processes;

namespace Hearth.DiskImages.Packed;

/// <summary>
/// Copies a tree into an ext4 image with <c>mkfs.ext4 -d</c>. The size rule is that of the system that Hearth follows: 1.3
/// times the apparent size of everything, at least 128 MiB. The image is larger if many small files need it, since each takes
/// whole blocks. The file is sparse, so that unused parts take no room.
/// </summary>
public static class Ext4Packer
{
    private const string Program = "mkfs.ext4";
    private const string Package = "e2fsprogs";
    private const int BlockBytes = 4096;
    private const int InodeBytes = 256;
    private const long SmallestBytes = 128L << 20;
    private const double Headroom = 1.3;

    /// <summary>Room for indirect structures, bitmaps, and directories that need more blocks than counted.</summary>
    private const double BlockHeadroom = 1.1;

    private static readonly TimeSpan progressInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The image's size in bytes, a multiple of 4096.</summary>
    public static long SizeOf(Tree tree)
    {
        long apparent = 0;
        long blocks = 0;
        for (int i = 0; i < tree.NodeCount; i++)
        {
            long size = tree[new NodeId(i)].Size;
            apparent += size;
            blocks += (size + BlockBytes - 1) / BlockBytes + (tree[new NodeId(i)].Type == NodeType.Directory ? 1 : 0);
        }

        double inTables = (double)InodesOf(tree) * InodeBytes;
        double needed = Math.Max(apparent * Headroom, ((double)blocks * BlockBytes * BlockHeadroom) + inTables);
        return Math.Max(SmallestBytes, (long)needed + BlockBytes - 1) & -BlockBytes;
    }

    /// <summary>Copies a directory into a file. The file appears only when it is complete, and replaces an existing one.</summary>
    /// <param name="tree">The content of the directory.</param>
    /// <param name="directory">The directory to copy.</param>
    /// <param name="target">The file.</param>
    /// <param name="environment">Says where mkfs.ext4 and debugfs are.</param>
    /// <param name="progress">Receives the bytes written so far; may be null.</param>
    /// <param name="cancellationToken">Stops the copying; no file is left.</param>
    /// <exception cref="PackingException">The program is missing or failed, or the disk is full.</exception>
    public static Task<PackedImage> PackAsync(
        Tree tree, string directory, string target, HostEnvironment environment, IProgress<long>? progress, CancellationToken cancellationToken) =>
        PackAsync(tree, target, environment, progress, path => PackingProgram.Start(environment, Program, Package, [.. Arguments(tree), "-d", directory, path]), cancellationToken);

    /// <summary>
    /// Copies the content of a file system image: what a virtual disk shows, with everything laid over its directory and
    /// without everything excluded from it. The image is mounted in a mount namespace that exists only for the copying.
    /// </summary>
    /// <param name="tree">What the image holds.</param>
    /// <param name="image">The image's file.</param>
    /// <param name="fileSystem">Its type, as mount(8) names it.</param>
    /// <param name="target">As above.</param>
    /// <param name="environment">As above.</param>
    /// <param name="progress">As above.</param>
    /// <param name="cancellationToken">As above.</param>
    /// <exception cref="PackingException">As above.</exception>
    public static Task<PackedImage> PackImageAsync(
        Tree tree, string image, string fileSystem, string target, HostEnvironment environment, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        // Mounted over a directory that every host has and that never holds an image; other processes still see the host's.
        const string Place = "/sys";
        const string Script = """mount -t "$1" -o ro,loop "$2" "$3" && shift 3 && exec "$@" """;
        return PackAsync(
            tree,
            target,
            environment,
            progress,
            path => PackingProgram.Start(
                environment,
                "unshare",
                "util-linux",
                ["--mount", "--propagation", "private", "--", "sh", "-c", Script, "sh", fileSystem, image, Place, Program, .. Arguments(tree), "-d", Place, path]),
            cancellationToken);
    }

    private static async Task<PackedImage> PackAsync(
        Tree tree, string target, HostEnvironment environment, IProgress<long>? progress, Func<string, PackingProgram> start, CancellationToken cancellationToken)
    {
        using UnfinishedImage image = UnfinishedImage.Create(target);
        image.Reserve(SizeOf(tree));
        using PackingProgram program = start(image.Path);
        Task end = program.WaitAsync(cancellationToken);
        using (PeriodicTimer ticks = new(progressInterval))
        {
            while (progress is not null && !end.IsCompleted)
            {
                progress.Report(image.AllocatedBytes);
                await Task.WhenAny(end, ticks.WaitForNextTickAsync(cancellationToken).AsTask()).ConfigureAwait(false);
            }
        }

        await end.ConfigureAwait(false);
        await CorrectRootAsync(tree, image.Path, environment, cancellationToken).ConfigureAwait(false);
        return new PackedImage(target, image.Finish(), []);
    }

    /// <summary>Provided by the kernel; /dev/stdin is a link that a host, and especially a container, may lack.</summary>
    private const string StandardInput = "/proc/self/fd/0";

    /// <summary>
    /// Corrects the root: mkfs.ext4 copies its entries and extended attributes, but not its mode, owner and time, and adds
    /// lost+found.
    /// </summary>
    private static async Task CorrectRootAsync(Tree tree, string image, HostEnvironment environment, CancellationToken cancellationToken)
    {
        Node root = tree[Tree.Root];
        List<string> commands =
        [
            $"set_inode_field <2> mode 0{Convert.ToString(root.Mode, 8)}",
            string.Create(CultureInfo.InvariantCulture, $"set_inode_field <2> uid {root.Uid}"),
            string.Create(CultureInfo.InvariantCulture, $"set_inode_field <2> gid {root.Gid}"),
        ];
        if (!HasLostAndFound(tree))
        {
            commands.Insert(0, "rmdir lost+found");
        }

        // Last, since the removal sets it too.
        commands.Add(string.Create(CultureInfo.InvariantCulture, $"set_inode_field <2> mtime @{root.ModifiedSeconds}"));
        using PackingProgram program = PackingProgram.Start(environment, "debugfs", Package, ["-w", "-f", StandardInput, image]);
        await using (StreamWriter script = new(program.Input))
        {
            await script.WriteAsync(string.Join('\n', commands) + "\n").ConfigureAwait(false);
        }

        await program.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool HasLostAndFound(Tree tree)
    {
        foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(Tree.Root))
        {
            if (tree.NameOf(entry).SequenceEqual("lost+found"u8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// No journal, since nothing writes to the image of a root. The inode tables need no initialization, since a sparse file
    /// reads as zeros.
    /// </summary>
    private static List<string> Arguments(Tree tree) =>
    [
        "-q", "-F", "-b", "4096", "-m", "0", "-I", InodeBytes.ToString(CultureInfo.InvariantCulture), "-O", "^has_journal,^resize_inode",
        "-E", "lazy_itable_init=1,nodiscard", "-N", InodesOf(tree).ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>One for every node, plus those that mkfs.ext4 reserves.</summary>
    private static long InodesOf(Tree tree) => tree.NodeCount + 1024L;
}
