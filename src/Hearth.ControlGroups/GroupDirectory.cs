using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.ControlGroups;

/// <summary>A container's group in one hierarchy: a directory of the kernel's, whose files are its settings and counters.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Controllers">Those that are at work in this group.</param>
/// <param name="Path">The directory.</param>
internal sealed record GroupDirectory(int Version, Controllers Controllers, string Path)
{
    public const string ProcessesFile = "cgroup.procs";

    /// <summary>What a controller's file holds; null where it is not there, or the group is not.</summary>
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

    /// <summary>A file that holds one number, and <c>max</c> for none.</summary>
    public long? ReadNumber(string file) => long.TryParse(Read(file)?.Trim(), CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>A number out of a file with a name and a number on each line.</summary>
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

    /// <returns>What the kernel answered.</returns>
    public Errno TryWrite(string file, string value) => KernelFiles.TryWrite(System.IO.Path.Combine(Path, file), value);

    /// <summary>The processes of the group and of all groups beneath it.</summary>
    public IEnumerable<int> Processes() =>
        from directory in Tree()
        from line in (directory.Read(ProcessesFile) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        select int.Parse(line, CultureInfo.InvariantCulture);

    /// <summary>Removes the group and those beneath it. Files of the kernel's need not be, and cannot be, deleted.</summary>
    /// <returns>False where something still holds one of them.</returns>
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
                // Somebody was faster, which is as good.
            }
            catch (IOException)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>This group and those beneath it, each before what is beneath it.</summary>
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
