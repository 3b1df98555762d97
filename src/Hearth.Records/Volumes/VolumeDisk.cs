using System.Buffers.Binary;
using Hearth.Containers;
using Hearth.Records.Disks;

namespace Hearth.Records.Volumes;

/// <summary>A volume's disk: a sparse file with an ext4 file system that survives a machine's death, by its journal.</summary>
internal static class VolumeDisk
{
    /// <summary>Below, the journal leaves little.</summary>
    public static readonly ByteSize Smallest = ByteSize.FromMebibytes(16);

    /// <summary>What s_feature_incompat of the superblock has where the journal holds what the file system does not yet.</summary>
    private const uint NeedsRecovery = 0x4;

    private const string What = "a volume";
    private const long BlockBytes = 4096;
    private const int SuperblockOffset = 1024;
    private const int SuperblockBytes = 1024;
    private const int MagicOffset = 56;
    private const ushort Magic = 0xEF53;
    private const int IncompatibleFeaturesOffset = 96;

    /// <summary>The whole disk is the user's, and the tables of a sparse file are zeros already.</summary>
    private static readonly string[] FormatterArguments = ["-q", "-F", "-b", "4096", "-m", "0", "-O", "has_journal", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"];

    /// <exception cref="HearthException">Too small, no room on the host's disk, or no formatter.</exception>
    public static async Task CreateAsync(string path, ByteSize size, CancellationToken cancellationToken)
    {
        if (size.Bytes < Smallest.Bytes)
        {
            throw new HearthException(HearthError.InvalidRequest, $"a volume of {size} is too small: it needs {Smallest} at least");
        }

        ScratchDisk.RequireRoom(path, size, What);
        using (FileStream file = new(path, FileMode.CreateNew, FileAccess.Write))
        {
            file.SetLength(size.Bytes & ~(BlockBytes - 1));
        }

        await ScratchDisk.FormatAsync(path, FormatterArguments, What, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether its last machine did not end in order, and the journal has to be played back by one that may write.</summary>
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
