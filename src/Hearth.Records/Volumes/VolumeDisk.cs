using System.Buffers.Binary;
using Hearth.Containers;
using Hearth.Records.Disks;

namespace Hearth.Records.Volumes;

/// <summary>A volume's disk: a sparse file with an ext4 file system. Its journal lets it survive a crash of the machine.</summary>
internal static class VolumeDisk
{
    /// <summary>Below this size, the journal leaves little space.</summary>
    public static readonly ByteSize Smallest = ByteSize.FromMebibytes(16);

    /// <summary>The flag in the superblock's s_feature_incompat that says the journal holds changes not yet in the file system.</summary>
    private const uint NeedsRecovery = 0x4;

    private const string What = "a volume";
    private const long BlockBytes = 4096;
    private const int SuperblockOffset = 1024;
    private const int SuperblockBytes = 1024;
    private const int MagicOffset = 56;
    private const ushort Magic = 0xEF53;
    private const int IncompatibleFeaturesOffset = 96;

    /// <summary>No blocks are reserved, since the whole disk is for the user. The tables of a sparse file are zeros already.</summary>
    private static readonly string[] FormatterArguments = ["-q", "-F", "-b", "4096", "-m", "0", "-O", "has_journal", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"];

    /// <exception cref="HearthException">Too small, no room on the host's disk, or no formatter.</exception>
    public static async Task CreateAsync(string path, ByteSize size, CancellationToken cancellationToken)
    {
        if (size.Bytes < Smallest.Bytes)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot make a volume of {size}: it needs at least {Smallest}");
        }

        ScratchDisk.RequireRoom(path, size, What);
        using (FileStream file = new(path, FileMode.CreateNew, FileAccess.Write))
        {
            file.SetLength(size.Bytes & ~(BlockBytes - 1));
        }

        await ScratchDisk.FormatAsync(path, FormatterArguments, What, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the last machine did not shut down cleanly. Then a machine that may write must replay the journal.</summary>
    public static bool HasToRecover(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        Span<byte> superblock = stackalloc byte[SuperblockBytes];
        file.Position = SuperblockOffset;
        return file.ReadAtLeast(superblock, SuperblockBytes, throwOnEndOfStream: false) == SuperblockBytes
            && BinaryPrimitives.ReadUInt16LittleEndian(superblock[MagicOffset..]) == Magic
            && (BinaryPrimitives.ReadUInt32LittleEndian(superblock[IncompatibleFeaturesOffset..]) & NeedsRecovery) != 0;
    }
}
