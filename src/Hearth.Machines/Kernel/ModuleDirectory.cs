namespace Hearth.Machines.Kernel;

/// <summary>
/// The modules of a kernel in a distribution's layout: <c>modules.builtin</c> and <c>kernel/**.ko*</c>. modules.dep is not used,
/// since packages lack it: it is created at installation. Each module's own file names its dependencies.
/// </summary>
internal sealed class ModuleDirectory
{
    /// <summary>More than any chain of dependencies has: a limit against modules that depend on each other.</summary>
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

    /// <summary>Reads the requested modules that exist, and all their dependencies.</summary>
    /// <returns>The modules, each after its dependencies.</returns>
    /// <exception cref="KernelException">A module depends on one that does not exist, or indirectly on itself.</exception>
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
                throw new KernelException(KernelError.Corrupt, $"the dependencies of the module {name} form a cycle");
            }

            if (!paths.TryGetValue(name, out string? path))
            {
                throw new KernelException(
                    KernelError.ModuleMissing, $"a module depends on {name}, which is neither built in nor among the modules");
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
