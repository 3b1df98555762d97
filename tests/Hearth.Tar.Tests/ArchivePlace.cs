using System.Text;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar.Tests;

/// <summary>A temporary directory in which archives are packed and unpacked.</summary>
public sealed class ArchivePlace : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-archive-tests-").FullName;

    internal string this[string name] => Path.Combine(directory, name);

    internal string MakeDirectory(string name) => Directory.CreateDirectory(this[name]).FullName;

    /// <summary>Packs a path of this place into an archive of this place.</summary>
    internal IReadOnlyList<string> Pack(string path, string name, string archive)
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle root = RootedPaths.Hold(this[path]);
        using FileStream target = File.Create(this[archive]);
        new ArchivePacking(new TarWriter(target), warnings).Pack(root, Encoding.UTF8.GetBytes(name));
        return warnings.All;
    }

    /// <summary>Unpacks an archive of this place into a directory of this place.</summary>
    internal IReadOnlyList<string> Unpack(string archive, string directory, string? firstName = null, UnpackedOwner owner = default, bool keepsPrivileges = true)
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle target = RootedPaths.Hold(this[directory]);
        using FileStream source = File.OpenRead(this[archive]);
        UnpackingOptions options = new() { FirstName = firstName is null ? null : Encoding.UTF8.GetBytes(firstName), Owner = owner, KeepsPrivileges = keepsPrivileges };
        using ArchiveUnpacking unpacking = new(target, options, warnings);
        unpacking.Unpack(new TarReader(source));
        return warnings.All;
    }

    /// <summary>The message of the refusal that unpacking has to end with.</summary>
    internal string Refuse(string archive, string directory, string? firstName = null) =>
        Assert.Throws<ArchiveException>(() => Unpack(archive, directory, firstName)).Message;

    public void Dispose() => Tool.Run("/", "rm", "-rf", directory); // .NET loses names that are no text.
}
