using Hearth.Guest.Init.Mounts;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Launching;

/// <summary>The first line of a script, as execve(2) reads it: <c>#!</c>, an interpreter, and perhaps an argument.</summary>
internal static class ScriptLine
{
    /// <summary>The number of bytes that the kernel reads (BINPRM_BUF_SIZE).</summary>
    private const int MostBytes = 256;

    private static ReadOnlySpan<byte> Mark => "#!"u8;

    /// <param name="tree">The container's files.</param>
    /// <param name="path">A regular file, absolute.</param>
    /// <returns>The interpreter's path; null if the file has no such line or cannot be read.</returns>
    internal static string? FindInterpreter(ContainerTree tree, string path)
    {
        using SafeFileHandle? file = tree.TryOpenForReading(path);
        Span<byte> bytes = stackalloc byte[MostBytes];
        if (file is null || ContentFiles.TryRead(file, bytes, 0, out int count) != Errno.None || !bytes[..count].StartsWith(Mark))
        {
            return null;
        }

        ReadOnlySpan<byte> line = bytes[Mark.Length..count].TrimStart(" \t"u8);
        int end = line.IndexOfAny(" \t\n"u8);
        string interpreter = ByteText.Decode(end < 0 ? line : line[..end]);
        return interpreter.StartsWith('/') ? interpreter : null;
    }
}
