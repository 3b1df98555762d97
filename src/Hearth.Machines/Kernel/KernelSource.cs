namespace Hearth.Machines.Kernel;

/// <summary>
/// The source of a kernel: an image and, if they exist, its modules and build configuration. It is found in
/// <list type="bullet">
/// <item>a directory with <c>boot/vmlinuz-RELEASE</c> and <c>lib/modules/RELEASE</c> or <c>usr/lib/modules/RELEASE</c>: an
/// extracted package, or a whole system; of several kernels, the newest is used,</item>
/// <item>a modules directory that contains its image (<c>vmlinuz</c>, as on Fedora and Arch),</item>
/// <item>an image file; for <c>boot/vmlinuz-RELEASE</c>, the modules of the same root are used.</item>
/// </list>
/// </summary>
internal sealed record KernelSource(string ImagePath, string? ModulesPath, string? ConfigurationPath)
{
    private const string ImagePrefix = "vmlinuz-";

    internal static KernelSource Find(string path)
    {
        if (File.Exists(path))
        {
            return OfImage(Path.GetFullPath(path));
        }

        if (!Directory.Exists(path))
        {
            throw new KernelException(
                KernelError.NotFound, $"there is no kernel at {path}: name a kernel image, an extracted kernel package, or a .deb file");
        }

        string own = Path.Combine(path, "vmlinuz");
        if (File.Exists(own) && Directory.Exists(Path.Combine(path, "kernel")))
        {
            return new KernelSource(own, path, Existing(Path.Combine(path, "config")));
        }

        string boot = Path.Combine(path, "boot");
        string? newest = !Directory.Exists(boot)
            ? null
            : Directory.EnumerateFiles(boot, ImagePrefix + "*").Where(File.Exists).Max(ReleaseOrder.Instance);
        return newest is null
            ? throw new KernelException(KernelError.NotFound, $"{path} contains no boot/{ImagePrefix}RELEASE")
            : OfImage(newest);
    }

    private static KernelSource OfImage(string image)
    {
        string file = Path.GetFileName(image);
        string? boot = Path.GetDirectoryName(image);
        if (boot is null || !file.StartsWith(ImagePrefix, StringComparison.Ordinal) || Path.GetFileName(boot) != "boot")
        {
            return new KernelSource(image, null, null);
        }

        string release = file[ImagePrefix.Length..];
        string root = Path.GetDirectoryName(boot) ?? "/";
        string[] modules = [Path.Combine(root, "lib/modules", release), Path.Combine(root, "usr/lib/modules", release)];
        return new KernelSource(
            image, Array.Find(modules, Directory.Exists), Existing(Path.Combine(boot, "config-" + release)));
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
