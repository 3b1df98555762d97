using System.Text.Json;

namespace Hearth.Machines.Kernel;

/// <summary>A kernel that was read from its source and is ready to be described and written into the store.</summary>
internal sealed class KernelImport
{
    private static readonly byte[] Banner = [.. "Linux version "u8];

    private readonly byte[] image;
    private readonly ElfImage elf;
    private readonly List<(string Name, ModuleFile File)> modules;
    private readonly ModuleDirectory? moduleDirectory;
    private readonly BuildConfiguration? configuration;
    private readonly string sourceName;

    private KernelImport(byte[] image, KernelSource source, string sourceName)
    {
        this.image = image;
        this.sourceName = sourceName;
        elf = ElfImage.Open(image, source.ImagePath);
        if (elf.Machine != ElfImage.MachineX64)
        {
            throw new KernelException(
                KernelError.WrongArchitecture, $"{source.ImagePath} is for ELF machine {elf.Machine}, not for x86-64");
        }

        moduleDirectory = source.ModulesPath is null ? null : new ModuleDirectory(source.ModulesPath);
        modules = moduleDirectory?.Collect(KernelFeatures.StoredModules) ?? [];
        configuration = source.ConfigurationPath is null ? BuildConfiguration.FindEmbedded(image) : ReadConfiguration(source.ConfigurationPath);
    }

    internal static KernelImport Read(KernelSource source, string sourceName) =>
        new(KernelImage.Extract(source.ImagePath), source, sourceName);

    /// <param name="adHocName">The name of an ad hoc entry; null for an explicit import, which is named by its release.</param>
    internal KernelEntry Describe(string? adHocName)
    {
        string release = Release();
        long end = elf.EndAddress();
        return end == 0
            ? throw new KernelException(KernelError.NotAKernel, $"{sourceName} is not a kernel: its ELF file has nothing to load")
            : new KernelEntry
            {
                Name = adHocName ?? release,
                Release = release,
                Architecture = "x86_64",
                FileSystems = Known(KernelFeatures.FileSystemOptions),
                Features = Features(),
                Modules = [.. modules.Select(module => new KernelModule(module.Name, StoredDependencies(module.File)))],
                Digest = "sha256:" + Digests.Of(image),
                EndAddress = end,
                Source = sourceName,
                AdHoc = adHocName is not null,
            };
    }

    internal void Write(string directory, KernelEntry entry)
    {
        string modulesDirectory = Path.Combine(directory, KernelEntry.ModulesDirectoryName);
        Directory.CreateDirectory(modulesDirectory);
        File.WriteAllBytes(Path.Combine(directory, KernelEntry.ImageFileName), image);
        foreach ((string name, ModuleFile file) in modules)
        {
            File.WriteAllBytes(Path.Combine(modulesDirectory, name + ".ko"), file.Bytes);
        }

        File.WriteAllBytes(
            Path.Combine(directory, KernelEntry.DescriptionFileName), JsonSerializer.SerializeToUtf8Bytes(entry, KernelJson.Default.KernelEntry));
    }

    private static BuildConfiguration ReadConfiguration(string path)
    {
        using StreamReader reader = new(path);
        return BuildConfiguration.Parse(reader);
    }

    /// <summary>
    /// Reads the release from the kernel's banner, <c>Linux version RELEASE (builder…</c>. The image also contains a format
    /// string with the same beginning; it has no digit at that place.
    /// </summary>
    private string Release()
    {
        ReadOnlySpan<byte> rest = image;
        for (int at; (at = rest.IndexOf(Banner)) >= 0;)
        {
            rest = rest[(at + Banner.Length)..];
            string line = Text.UntilNul(rest[..Math.Min(rest.Length, 128)]);
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && char.IsAsciiDigit(line[0]) && line[..space].All(IsReleaseCharacter))
            {
                return line[..space];
            }
        }

        throw new KernelException(KernelError.NotAKernel, $"{sourceName} is not a Linux kernel: it contains no version");
    }

    private static bool IsReleaseCharacter(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_' or '+' or '~';

    /// <summary>The options that are built in or stored as a module; null if there is neither a configuration nor modules.</summary>
    private List<string>? Known(IReadOnlyList<(string Name, string Option, string Module)> options)
    {
        if (configuration is null && moduleDirectory is null)
        {
            return null;
        }

        return [.. options
            .Where(option => configuration?.IsBuiltIn(option.Option) == true
                || moduleDirectory?.IsBuiltIn(option.Module) == true
                || modules.Any(module => module.Name == option.Module))
            .Select(option => option.Name)];
    }

    private List<string>? Features()
    {
        List<string>? known = Known(KernelFeatures.Options);
        if (known is null)
        {
            return null;
        }

        if (elf.HasPvhEntry())
        {
            known.Add(KernelFeatures.Pvh);
        }

        known.Sort(StringComparer.Ordinal);
        return known;
    }

    private string[] StoredDependencies(ModuleFile file) =>
        [.. file.DependsOn.Where(name => modules.Any(module => module.Name == name))];
}
