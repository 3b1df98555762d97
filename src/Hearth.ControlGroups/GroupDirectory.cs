using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.ControlGroups;

/// <summary>A container's group in one hierarchy: a directory of the kernel whose files are settings and counters.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Controllers">The controllers of this group.</param>
/// <param name="Path">The path of the directory.</param>
internal sealed record GroupDirectory(int Version, Controllers Controllers, string Path)
{
    public const string ProcessesFile = "cgroup.procs";

    /// <summary>Reads a controller's file; null if the file or the group does not exist.</summary>
    public string? Read(string file)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(Path, file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a file with one number; null for <c>max</c> or if it cannot be read.</summary>
    public long? ReadNumber(string file) => long.TryParse(Read(file)?.Trim(), CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>Reads the number of a name from a file with a name and a number on each line; null if there is none.</summary>
    public long? ReadNumber(string file, string name)
    {
        foreach (string line in Read(file)?.Split('\n') ?? [])
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ' '
                && long.TryParse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture, out long number))
            {
                return number;
            }
        }

        return null;
    }

    public bool Has(string file) => File.Exists(System.IO.Path.Combine(Path, file));

    /// <returns>The kernel's answer.</returns>
    public Errno TryWrite(string file, string value) => KernelFiles.TryWrite(System.IO.Path.Combine(Path, file), value);

    /// <summary>The processes of the group and of all its descendants.</summary>
    public IEnumerable<int> Processes() =>
        from directory in Tree()
        from line in (directory.Read(ProcessesFile) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        select int.Parse(line, CultureInfo.InvariantCulture);

    /// <summary>Removes the group and its descendants. The kernel's files in them cannot be deleted and need not be.</summary>
    /// <returns>False if the kernel still holds one of the groups.</returns>
    public bool TryRemove()
    {
        foreach (GroupDirectory directory in Tree().Reverse())
        {
            try
            {
                Directory.Delete(directory.Path);
            }
            catch (DirectoryNotFoundException)
            {
                // Another process has removed it.
            }
            catch (IOException)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>This group and its descendants, each before its own descendants.</summary>
    private IEnumerable<GroupDirectory> Tree()
    {
        IEnumerable<string> beneath;
        try
        {
            beneath = Directory.Exists(Path) ? Directory.GetDirectories(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];
        }
        catch (DirectoryNotFoundException)
        {
            beneath = [];
        }

        return [this, .. beneath.Select(path => this with { Path = path })];
    }
}
