using System.Text;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Linux.Files;
using Hearth.Tar;

namespace Hearth.Images.Tests.Fuzzing;

/// <summary>Small archives with every kind of entry, by Hearth and by GNU's tar in its forms.</summary>
internal static class TarSamples
{
    private const int BlockBytes = 512;
    private const int ChecksumOffset = 148;
    private const int ChecksumBytes = 8;
    private const int MagicOffset = 257;

    public static IReadOnlyList<byte[]> Make(string directory)
    {
        Tool.Run(directory, "/bin/sh", "-ec", """
            mkdir -p tree/dir/sub; cd tree
            echo text >file; ln file hard; ln -s file link; mkfifo fifo
            echo long >$(printf 'n%.0s' $(seq 120)); ln -s $(printf 't%.0s' $(seq 150)) dir/longlink
            touch dir/.wh.gone dir/sub/.wh..wh..opq; mknod device c 1 3
            truncate -s 1M sparse; echo data | dd of=sparse bs=1 seek=500000 conv=notrunc 2>/dev/null
            setfattr -n user.name -v value file
            tar c --format=gnu --sparse . >../gnu.tar
            tar c --format=posix --sparse --xattrs . >../posix.tar
            tar c --format=posix --sparse --sparse-version=0.0 sparse >../sparse00.tar
            tar c --format=posix --sparse --sparse-version=0.1 sparse >../sparse01.tar
            tar c --format=ustar --exclude='n*' --exclude=longlink --exclude=sparse . >../ustar.tar
            """);
        return [.. Directory.GetFiles(directory, "*.tar").Order(StringComparer.Ordinal).Select(File.ReadAllBytes), Own()];
    }

    /// <summary>Corrects the checksum of each block that looks like a header.</summary>
    public static byte[] Mend(byte[] archive)
    {
        for (int start = 0; start + BlockBytes <= archive.Length; start += BlockBytes)
        {
            Span<byte> block = archive.AsSpan(start, BlockBytes);
            if (block[MagicOffset..].StartsWith("ustar"u8))
            {
                block.Slice(ChecksumOffset, ChecksumBytes).Fill((byte)' ');
                int sum = 0;
                foreach (byte value in block)
                {
                    sum += value;
                }

                Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", block.Slice(ChecksumOffset, ChecksumBytes));
            }
        }

        return archive;
    }

    private static byte[] Own()
    {
        TarEntry entry = new() { Type = TarEntryType.File, Name = "a/b"u8.ToArray(), Mode = 0x1ed, UserId = uint.MaxValue, GroupId = 1, Modified = new FileTime(-5, 999) };
        return LayoutBuilder.Archive([
            (entry, "data"),
            (entry with { Name = "a/.wh.b"u8.ToArray() }, ""),
            (entry with { Type = TarEntryType.HardLink, Name = "c"u8.ToArray(), LinkName = "a/b"u8.ToArray() }, ""),
            (entry with { Name = "d"u8.ToArray(), Attributes = [KeyValuePair.Create("security.capability", new byte[20])] }, "x")]);
    }
}
