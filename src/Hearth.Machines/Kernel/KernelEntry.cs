using System.Text.Json.Serialization;

namespace Hearth.Machines.Kernel;

/// <summary>One kernel of the store, as <c>kernel.json</c> describes it.</summary>
public sealed record KernelEntry
{
    internal const string DescriptionFileName = "kernel.json";
    internal const string ImageFileName = "vmlinux";
    internal const string ModulesDirectoryName = "modules";

    /// <summary>The entry's name in the store.</summary>
    public required string Name { get; init; }

    /// <summary>As <c>uname -r</c> says it.</summary>
    public required string Release { get; init; }

    /// <summary>As <c>uname -m</c> says it.</summary>
    public required string Architecture { get; init; }

    /// <summary>
    /// Which of squashfs, erofs, ext4, overlay, tmpfs, fuse and virtiofs the guest can mount, by itself or with a stored module; null
    /// where the image does not tell.
    /// </summary>
    public IReadOnlyList<string>? FileSystems { get; init; }

    /// <summary>What else is known of its build, sorted: see <see cref="KernelFeatures"/>; null where the image does not tell.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>The stored modules, each after those that it depends on.</summary>
    public IReadOnlyList<KernelModule> Modules { get; init; } = [];

    /// <summary><c>sha256:</c> and the hexadecimal digest of the vmlinux.</summary>
    public required string Digest { get; init; }

    /// <summary>The first physical address above everything that the image loads, in bytes.</summary>
    public required long EndAddress { get; init; }

    /// <summary>The file name that it was imported from.</summary>
    public required string Source { get; init; }

    /// <summary>True for an image that was named by its path on a command line: never the default.</summary>
    public bool AdHoc { get; init; }

    /// <summary>Where the entry lies; set by the store.</summary>
    [JsonIgnore]
    public string Directory { get; init; } = "";

    /// <summary>The uncompressed ELF image.</summary>
    [JsonIgnore]
    public string ImagePath => Path.Combine(Directory, ImageFileName);

    /// <summary>The file of a stored module, uncompressed.</summary>
    public string ModulePath(KernelModule module) => Path.Combine(Directory, ModulesDirectoryName, module.Name + ".ko");

    /// <summary>Whether the guest can mount a file system; null where that is not known.</summary>
    public bool? Mounts(string fileSystem) => FileSystems?.Contains(fileSystem);

    /// <summary>Whether the kernel has a feature; null where that is not known.</summary>
    public bool? Has(string feature) => Features?.Contains(feature);

    /// <summary>Whether the guest can have what a module brings, built in or loaded; null where that is not known.</summary>
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
/// <param name="Name">Its own name, with underscores, as /proc/modules shows it.</param>
/// <param name="DependsOn">Names of the stored modules that must be loaded before.</param>
public sealed record KernelModule(string Name, IReadOnlyList<string> DependsOn);
