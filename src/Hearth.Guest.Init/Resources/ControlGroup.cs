using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Guest.Init.Resources;

/// <summary>One group of the unified hierarchy (cgroup-v2.rst), by its directory: its files are lines of text.</summary>
internal sealed class ControlGroup(string directory)
{
    /// <summary>What the kernel writes for no limit.</summary>
    private const string NoLimit = "max";

    internal string Directory { get; } = directory;

    internal string PathOf(string file) => $"{Directory}/{file}";

    /// <summary>True where the kernel has the file: the controller that brings it is there and enabled.</summary>
    internal bool Has(string file) => File.Exists(PathOf(file));

    /// <summary>A file's text without its last line's end; null where there is no such file.</summary>
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

    /// <summary>A file that is one number; null where there is none, or it says that there is no limit.</summary>
    internal long? TryReadNumber(string file) => ParseNumber(TryRead(file));

    /// <summary>The numbers of a file of lines <c>name number</c>; none where there is no such file.</summary>
    internal IReadOnlyDictionary<string, long> ReadTable(string file) => ParseTable(TryRead(file) ?? "");

    /// <exception cref="LinuxException">The kernel refuses it: with EINVAL a value that cannot be, with EBUSY one that contradicts what is there.</exception>
    internal void Write(string file, string text) => WriteFile(PathOf(file), text);

    /// <summary>Gives a file of the kernel's a new value, in the one write that it takes; says which file, where it fails.</summary>
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
