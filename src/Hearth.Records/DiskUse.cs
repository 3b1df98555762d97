using Hearth.Linux.Files;

namespace Hearth.Records;

/// <summary>What things of one kind take on the disk.</summary>
/// <param name="Type">Of what.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Active">How many of them are in use.</param>
/// <param name="Bytes">What all of them take; sparse files count what they hold.</param>
/// <param name="ReclaimableBytes">What those that are not in use take.</param>
public sealed record DiskUse(string Type, int Total, int Active, long Bytes, long ReclaimableBytes)
{
    /// <summary>What is beneath a directory, or 0 where it is not there.</summary>
    public static long BytesIn(string directory)
    {
        try
        {
            return Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(AllocatedBytes);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return 0; // Removed while it was looked at.
        }
    }

    private static long AllocatedBytes(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return FileAllocation.BytesOf(file);
    }
}
