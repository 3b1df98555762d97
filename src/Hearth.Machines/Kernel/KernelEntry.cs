using System.Text.Json.Serialization;

namespace Hearth.Machines.Kernel;

/// <summary>The description of one kernel in the store, from its <c>kernel.json</c>.</summary>
public sealed record KernelEntry
{
    internal const string DescriptionFileName = "kernel.json";
    internal const string ImageFileName = "vmlinux";
    internal const string ModulesDirectoryName = "modules";

    /// <summary>The entry's name in the store.</summary>
    public required string Name { get; init; }

    /// <summary>The release, as <c>uname -r</c> prints it.</summary>
    public required string Release { get; init; }

    /// <summary>The architecture, as <c>uname -m</c> prints it.</summary>
    public required string Architecture { get; init; }

    /// <summary>
    /// Which of squashfs, erofs, ext4, overlay, tmpfs, fuse and virtiofs the guest can mount, built in or with a stored module;
    /// null if the kernel's source does not contain this information.
    /// </summary>
    public IReadOnlyList<string>? FileSystems { get; init; }

    /// <summary>
    /// Other features of the build, sorted: see <see cref="KernelFeatures"/>; null if the kernel's source does not contain this
    /// information.
    /// </summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>The stored modules, each after its dependencies.</summary>
    public IReadOnlyList<KernelModule> Modules { get; init; } = [];

    /// <summary><c>sha256:</c> and the hexadecimal digest of the vmlinux.</summary>
    public required string Digest { get; init; }

    /// <summary>The first physical address above everything that the image loads, in bytes.</summary>
    public required long EndAddress { get; init; }

    /// <summary>The name of the file from which the kernel was imported.</summary>
    public required string Source { get; init; }

    /// <summary>True for an image that was given by its path on a command line; such an entry is never the default.</summary>
    public bool AdHoc { get; init; }

    /// <summary>The entry's directory; set by the store.</summary>
    [JsonIgnore]
    public string Directory { get; init; } = "";

    /// <summary>The path of the uncompressed ELF image.</summary>
    [JsonIgnore]
    public string ImagePath => Path.Combine(Directory, ImageFileName);

    /// <summary>The path of a stored, uncompressed module.</summary>
    public string ModulePath(KernelModule module) => Path.Combine(Directory, ModulesDirectoryName, module.Name + ".ko");

    /// <summary>Whether the guest can mount a file system; null if that is unknown.</summary>
    public bool? Mounts(string fileSystem) => FileSystems?.Contains(fileSystem);

    /// <summary>Whether the kernel has a feature; null if that is unknown.</summary>
    public bool? Has(string feature) => Features?.Contains(feature);

    /// <summary>Whether a module's function is available in the guest, built in or as a stored module; null if that is unknown.</summary>
    internal bool? HasModuleOrFeature(string module)
    {
        if (Modules.Any(stored => stored.Name == module))
        {
            return true;
        }

        foreach ((string name, _, string providing) in KernelFeatures.FileSystemOptions)
        {
            if (providing == module)
            {
                return Mounts(name);
            }
        }

        foreach ((string name, _, string providing) in KernelFeatures.Options)
        {
            if (providing == module)
            {
                return Has(name);
            }
        }

        return null;
    }
}

/// <summary>A module in the store.</summary>
/// <param name="Name">The module's name with underscores, as /proc/modules shows it.</param>
/// <param name="DependsOn">The names of the stored modules that must be loaded first.</param>
public sealed record KernelModule(string Name, IReadOnlyList<string> DependsOn);
