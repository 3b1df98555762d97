using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Guest.Init.Resources;

/// <summary>One group of the unified hierarchy (cgroup-v2.rst), by its directory. Its files are lines of text.</summary>
internal sealed class ControlGroup(string directory)
{
    /// <summary>The kernel's text for no limit.</summary>
    private const string NoLimit = "max";

    internal string Directory { get; } = directory;

    internal string PathOf(string file) => $"{Directory}/{file}";

    /// <summary>Returns whether the group has the file: the kernel has its controller, and it is enabled.</summary>
    internal bool Has(string file) => File.Exists(PathOf(file));

    /// <summary>Reads a file's text without the final newline; null if there is no such file.</summary>
    internal string? TryRead(string file)
    {
        try
        {
            return File.ReadAllText(PathOf(file)).TrimEnd('\n');
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Reads a file with one number; null if there is no such file, or it has no limit.</summary>
    internal long? TryReadNumber(string file) => ParseNumber(TryRead(file));

    /// <summary>Reads the numbers of a file of lines <c>name number</c>; none if there is no such file.</summary>
    internal IReadOnlyDictionary<string, long> ReadTable(string file) => ParseTable(TryRead(file) ?? "");

    /// <exception cref="LinuxException">
    /// The kernel refuses the value: EINVAL if it is invalid, EBUSY if it contradicts the current state.
    /// </exception>
    internal void Write(string file, string text) => WriteFile(PathOf(file), text);

    /// <summary>Writes a value to a kernel file, in the single write that it requires. A failure names the file.</summary>
    internal static void WriteFile(string path, string text)
    {
        Errno errno = KernelFiles.TryWrite(path, text);
        if (errno != Errno.None)
        {
            throw new LinuxException("write", errno, path);
        }
    }

    internal static string FormatLimit(long value) => value < 0 ? NoLimit : value.ToString(CultureInfo.InvariantCulture);

    internal static long? ParseNumber(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    internal static IReadOnlyDictionary<string, long> ParseTable(string text)
    {
        Dictionary<string, long> table = new(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            if (blank > 0 && ParseNumber(line[(blank + 1)..]) is { } number)
            {
                table[line[..blank]] = number;
            }
        }

        return table;
    }
}
