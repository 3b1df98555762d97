using System.Globalization;
using System.Text;
using Hearth.DiskImages.SquashFs;
using Hearth.FileTree;
using Hearth.Linux.Processes;

namespace Hearth.DiskImages.Packed;

/// <summary>
/// Packs a tree with mksquashfs. The program reads the tree as a tar archive, so that it packs exactly what a virtual disk of
/// the tree would show: nothing is mounted anywhere, and no other program reads a path of the source again. In return,
/// sockets and the root's own time and extended attributes are lost.
/// </summary>
public static class SquashFsPacker
{
    private const string Program = "mksquashfs";
    private const string Package = "squashfs-tools";
    private const int MostZstdLevel = 22;
    private const int MostGzipLevel = 9;

    /// <summary>The prefixes that the format stores; mksquashfs would omit others with a warning for each.</summary>
    private static readonly byte[][] storedXattrs = [[.. "user."u8], [.. "trusted."u8], [.. "security."u8]];

    /// <summary>Whether the program is installed.</summary>
    public static bool IsAvailable(HostEnvironment environment) => environment.FindProgram(Program) is not null;

    /// <exception cref="PackingException">The compression has no such level.</exception>
    public static void CheckLevel(PackCompression compression, int? level)
    {
        int most = compression switch
        {
            PackCompression.Zstd => MostZstdLevel,
            PackCompression.Gzip => MostGzipLevel,
            _ => 0,
        };
        if (level is int asked && (asked < 1 || asked > most))
        {
            throw new PackingException(PackingError.InvalidOption, most == 0
                ? $"compression {NameOf(compression)} has no levels; omit the level"
                : $"{NameOf(compression)} has no level {asked}; use 1 to {most}");
        }
    }

    /// <summary>Packs a tree into a file. The file appears only when it is complete, and replaces an existing one.</summary>
    /// <param name="source">The tree.</param>
    /// <param name="target">The file.</param>
    /// <param name="packing">How it is packed.</param>
    /// <param name="environment">Says where mksquashfs is.</param>
    /// <param name="progress">Receives the bytes of contents packed so far; may be null.</param>
    /// <param name="cancellationToken">Stops the packing; no file is left.</param>
    /// <exception cref="PackingException">The program is missing or failed, or the disk is full.</exception>
    /// <exception cref="DiskImageException">A file of the source cannot be read, or has changed since it was walked.</exception>
    public static async Task<PackedImage> PackAsync(
        PackSource source, string target, SquashFsPacking packing, HostEnvironment environment, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        CheckLevel(packing.Compression, packing.Level);
        source = source with { Tree = AccessLists.Remove(source.Tree, out IReadOnlyList<NodeId> listed) };
        using UnfinishedImage image = UnfinishedImage.Create(target);
        using PackingProgram program = PackingProgram.Start(environment, Program, Package, Arguments(source.Tree, image.Path, packing));
        try
        {
            await Task.Run(() => Feed(source, program.Input, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException failure)
        {
            // The program no longer reads: its error output says why.
            await program.WaitAsync(cancellationToken).ConfigureAwait(false);
            throw new PackingException(PackingError.ProgramFailed, $"{Program} stopped reading: {failure.Message}", failure);
        }

        await program.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new PackedImage(target, image.Finish(), [.. SquashFsLosses.OfAccessLists(source.Tree, listed), .. LeftOut(source.Tree)]);
    }

    private static void Feed(PackSource source, Stream input, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using BufferedStream buffered = new(input, 1 << 16);
        new TarWriter(source.Tree, source.Content, buffered, Stores, progress).Write(cancellationToken);
    }

    /// <summary>Whether an attribute with this name can be stored. In a tar header, a name ends at its first '='.</summary>
    private static bool Stores(ReadOnlySpan<byte> xattr)
    {
        if (xattr.Contains((byte)'='))
        {
            return false;
        }

        foreach (byte[] prefix in storedXattrs)
        {
            if (xattr.StartsWith(prefix))
            {
                return true;
            }
        }

        return false;
    }

    private static List<string> Arguments(Tree tree, string target, SquashFsPacking packing)
    {
        ref readonly Node root = ref tree[Tree.Root];
        List<string> arguments =
        [
            "-", target, "-tar", "-noappend", "-no-progress", "-quiet",
            "-root-mode", Convert.ToString(root.Permissions, 8), "-root-uid", Number(root.Uid), "-root-gid", Number(root.Gid),
        ];
        arguments.AddRange(packing.Compression == PackCompression.None ? ["-noI", "-noD", "-noF", "-noX"] : ["-comp", NameOf(packing.Compression)]);
        if (packing.Level is int asked)
        {
            arguments.AddRange(["-Xcompression-level", Number(asked)]);
        }

        if (packing.NoFragments)
        {
            arguments.Add("-no-fragments");
        }

        return arguments;
    }

    private static List<string> LeftOut(Tree tree)
    {
        List<string> notes = [];
        AddNote(notes, CountSockets(tree, out NodeId firstSocket), count => $"{count} sockets, the first '{tree.TextPathOf(firstSocket)}'");
        AddNote(notes, CountXattrs(tree, out string firstXattr), count => $"{count} extended attributes, the first {firstXattr}");
        return notes;
    }

    private static void AddNote(List<string> notes, int count, Func<int, string> what)
    {
        if (count > 0)
        {
            notes.Add($"the packed SquashFS cannot store {what(count)}; they are left out");
        }
    }

    /// <summary>
    /// Counts the sockets: tar has no type for them, and mksquashfs accepts no other description besides a tar archive.
    /// </summary>
    private static int CountSockets(Tree tree, out NodeId first)
    {
        int count = 0;
        first = Tree.Root;
        for (int i = 0; i < tree.NodeCount; i++)
        {
            if (tree[new NodeId(i)].Type == NodeType.Socket && count++ == 0)
            {
                first = new NodeId(i);
            }
        }

        return count;
    }

    /// <summary>
    /// Counts the attributes that the format cannot store, and all of the root's, since mksquashfs creates the root itself.
    /// </summary>
    private static int CountXattrs(Tree tree, out string first)
    {
        int count = 0;
        first = "";
        for (int i = 0; i < tree.NodeCount; i++)
        {
            foreach (Xattr xattr in tree.XattrsOf(new NodeId(i)))
            {
                if ((i == Tree.Root.Index || !Stores(xattr.Name.Span)) && count++ == 0)
                {
                    first = $"'{Encoding.UTF8.GetString(xattr.Name.Span)}' of '{tree.TextPathOf(new NodeId(i))}'";
                }
            }
        }

        return count;
    }

    private static string NameOf(PackCompression compression) => compression.ToString().ToLowerInvariant();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
