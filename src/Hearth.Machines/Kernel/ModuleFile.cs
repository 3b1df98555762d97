namespace Hearth.Machines.Kernel;

/// <summary>An unpacked kernel module: an ELF object whose <c>.modinfo</c> section contains <c>key=value</c> strings.</summary>
internal sealed class ModuleFile
{
    private ModuleFile(byte[] bytes, IReadOnlyList<string> dependsOn)
    {
        Bytes = bytes;
        DependsOn = dependsOn;
    }

    internal byte[] Bytes { get; }

    /// <summary>The modules that must be loaded first, in the file's order.</summary>
    internal IReadOnlyList<string> DependsOn { get; }

    /// <summary>
    /// Derives a module's name from its path: <c>kernel/arch/x86/kvm/kvm-amd.ko.xz</c> is kvm_amd. Null for other files.
    /// </summary>
    internal static string? NameOf(string path)
    {
        string file = Path.GetFileName(path);
        int suffix = file.IndexOf(".ko", StringComparison.Ordinal);
        return suffix > 0 && file[suffix..] is ".ko" or ".ko.xz" or ".ko.zst" or ".ko.gz" ? file[..suffix].Replace('-', '_') : null;
    }

    internal static ModuleFile Read(string path)
    {
        byte[] packed = File.ReadAllBytes(path);
        byte[] bytes = KernelPayload.Decompress(packed, KernelPayload.Detect(packed, path), path);
        string[] depends = [];
        ReadOnlySpan<byte> rest = ElfImage.Open(bytes, path).Section(".modinfo");
        while (!rest.IsEmpty)
        {
            string entry = Text.UntilNul(rest);
            if (entry.StartsWith("depends=", StringComparison.Ordinal))
            {
                depends = entry[8..].Split(',', StringSplitOptions.RemoveEmptyEntries);
            }

            rest = rest[Math.Min(rest.Length, entry.Length + 1)..];
        }

        return new ModuleFile(bytes, [.. depends.Select(name => name.Replace('-', '_'))]);
    }
}
