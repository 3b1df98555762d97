namespace Hearth.Fuse.Transport;

/// <summary>The mounts of this process's mount namespace, as proc_pid_mountinfo(5) lists them.</summary>
internal static class MountTable
{
    /// <summary>The topmost mount at a path; null if the path is not a mount point.</summary>
    public static MountEntry? TopAt(string path)
    {
        // A later mount is listed later and covers earlier ones.
        string? line = File.ReadLines("/proc/self/mountinfo").LastOrDefault(line => Unescape(line.Split(' ')[4]) == path);
        if (line is null)
        {
            return null;
        }

        string[] fields = line.Split(' ');
        uint minor = uint.Parse(fields[2].AsSpan(fields[2].IndexOf(':', StringComparison.Ordinal) + 1));
        return new MountEntry(minor, fields[Array.IndexOf(fields, "-") + 1]);
    }

    /// <summary>Decodes a field, in which the kernel writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(string field) => field
        .Replace("\\040", " ", StringComparison.Ordinal)
        .Replace("\\011", "\t", StringComparison.Ordinal)
        .Replace("\\012", "\n", StringComparison.Ordinal)
        .Replace("\\134", "\\", StringComparison.Ordinal);
}

/// <summary>One mount.</summary>
/// <param name="DeviceMinor">Minor number of the file system's device.</param>
/// <param name="Type">"fuse.hearth" for a session's mount.</param>
internal sealed record MountEntry(uint DeviceMinor, string Type);
