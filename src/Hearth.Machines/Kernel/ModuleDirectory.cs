namespace Hearth.Machines.Kernel;

/// <summary>
/// The modules of a kernel as a distribution lays them out: <c>modules.builtin</c> and <c>kernel/**.ko*</c>. modules.dep is
/// not needed (packages lack it: it is made at installation); each module's own file names what it depends on.
/// </summary>
internal sealed class ModuleDirectory
{
    /// <summary>Deeper than any chain of kernel modules: a limit against files that name each other.</summary>
    private const int DepthLimit = 32;

    private readonly Dictionary<string, string> paths = [];
    private readonly HashSet<string> builtIn = [];

    internal ModuleDirectory(string path)
    {
        string builtInList = Path.Combine(path, "modules.builtin");
        if (File.Exists(builtInList))
        {
            builtIn.UnionWith(File.ReadLines(builtInList).Select(ModuleFile.NameOf).OfType<string>());
        }

        string files = Path.Combine(path, "kernel");
        if (Directory.Exists(files))
        {
            foreach (string file in Directory.EnumerateFiles(files, "*.ko*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                if (ModuleFile.NameOf(file) is { } name)
                {
                    paths.TryAdd(name, file);
                }
            }
        }
    }

    internal bool IsBuiltIn(string module) => builtIn.Contains(module);

    /// <summary>Reads those modules of a wish list that exist, and all that they depend on.</summary>
    /// <returns>Each after those that it depends on.</returns>
    /// <exception cref="KernelException">A module depends on one that is nowhere, or on itself in the end.</exception>
    internal List<(string Name, ModuleFile File)> Collect(IEnumerable<string> wanted)
    {
        List<(string Name, ModuleFile File)> collected = [];
        HashSet<string> seen = [];
        foreach (string name in wanted.Where(paths.ContainsKey))
        {
            Add(name, 0);
        }

        return collected;

        void Add(string name, int depth)
        {
            if (builtIn.Contains(name) || seen.Contains(name))
            {
                return;
            }

            if (depth > DepthLimit)
            {
                throw new KernelException(KernelError.Corrupt, $"The modules' dependencies run in a circle at {name}.");
            }

            if (!paths.TryGetValue(name, out string? path))
            {
                throw new KernelException(KernelError.ModuleMissing, $"A module depends on {name}, which is neither built in nor among the modules.");
            }

            ModuleFile file = ModuleFile.Read(path);
            foreach (string dependency in file.DependsOn)
            {
                Add(dependency, depth + 1);
            }

            if (seen.Add(name))
            {
                collected.Add((name, file));
            }
        }
    }
}
