using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Keeper.Machines;
using Hearth.Machines.Kernel;
using Hearth.Rendering;
using Hearth.Templates;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth kernel</c>: which kernels guests can boot.</summary>
internal sealed class KernelCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> source = Argument.One("SOURCE");
    private readonly Flag<string?> store = Flag.Text("--store", "DIR", "import into this store (default kernels/ in the state directory)");
    private readonly Argument<string[]> names = Argument.OneOrMore("KERNEL");
    private readonly Flag<OutputFormat> format = CommonFlags.Format();
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only names", "-q");
    private readonly Flag<bool> force = Flag.Switch("--force", "even if a container uses it", "-f");
    private readonly Flag<bool> all = Flag.Switch("--all", "also imported kernels, except the preferred one and those\nthat containers use", "-a");
    private readonly Flag<OutputFormat> pruneFormat = CommonFlags.Format();

    public Command Create() => new Command("kernel", "Manage kernels for guests") { Usage = "COMMAND" }
        .WithCommands(CreateImport(), CreateList(), CreateRemove(), CreatePrune());

    private Command CreateImport() => new Command("import", "Import a distribution's kernel into the store")
    {
        Usage = "[FLAGS] SOURCE",
        Details = """
            SOURCE is a kernel package (.deb), the directory of an unpacked one, a system's root directory,
            or a bzImage or vmlinux file. Decompresses the image and stores the modules that a guest can
            need. Replaces a kernel of the same name.
            """,
        Examples =
        [
            ("hearth kernel import linux-image-6.1.0-32-cloud-amd64_6.1.129-1_amd64.deb", "Debian's kernel for virtual machines"),
            ("hearth kernel import /boot/vmlinuz-$(uname -r)", "the kernel of this machine"),
        ],
    }.WithFlags("Flags", store).WithArguments(source)
        .WithAction(line =>
        {
            string directory = line.GetValue(store) ?? global.Directories(line, context).Kernels;
            KernelEntry entry = KernelSearch.Import(line.GetValue(source), directory);
            context.Output.WriteLine($"Imported {entry.Name}: {Describe(entry)}, {entry.Modules.Count} modules, in {entry.Directory}");
        });

    private Command CreateList() => new Command("list", "List kernels, the preferred one first")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth kernel list --format json", "for programs")],
    }.WithFlags("Flags", format, quiet)
        .WithAction(line =>
        {
            IReadOnlyList<KernelRow> rows = [.. new KernelSearch(global.Directories(line, context)).List().Select(KernelRow.Of)];
            if (line.GetValue(quiet))
            {
                rows.ToList().ForEach(row => context.Output.WriteLine(row.Name));
                return;
            }

            if (line.GetValue(format) == OutputFormat.Json)
            {
                JsonOutput.Write(context.Output, rows, OutputJson.Default.IReadOnlyListKernelRow);
                return;
            }

            TextTable.Write(
                context.Output,
                ["NAME", "ARCHITECTURE", "FILE SYSTEMS", "MODULES", "DIRECTORY"],
                [.. rows.Select(row => (IReadOnlyList<string>)[row.Name, row.Architecture, row.FileSystems is null ? "unknown" : string.Join(' ', row.FileSystems), $"{row.Modules}", row.Directory])]);
        });

    private Command CreateRemove() => new Command("rm", "Remove imported kernels")
    {
        Usage = "[FLAGS] KERNEL...",
        Details = """
            Running containers continue. Kernels that came with the program are not removed.
            """,
        Examples = [("hearth kernel rm 6.1.0-31-cloud-amd64", "one that a newer one replaced")],
    }.WithFlags("Flags", force).WithArguments(names)
        .WithAction(RemoveAsync);

    private Command CreatePrune() => new Command("prune", "Remove the copies of kernels that were given as paths")
    {
        Usage = "[FLAGS]",
        Details = """
            'hearth run --kernel PATH' stores a copy of the kernel. The next such run removes copies that were
            unused for an hour. Does not ask: a copy is made again when it is needed.
            """,
        Examples = [("hearth kernel prune --all", "every kernel that no container uses")],
    }.WithFlags("Flags", all, pruneFormat)
        .WithAction(Prune);

    private Task<int> RemoveAsync(ParsedLine line)
    {
        KernelRemoval removal = new(global.Directories(line, context), context.Clock);
        return NamedRemoval.RunAsync(context, line.GetValue(names), name =>
        {
            removal.Remove(name, line.GetValue(force));
            return Task.CompletedTask;
        });
    }

    private void Prune(ParsedLine line)
    {
        IReadOnlyList<(KernelEntry Entry, long Bytes)> removed = new KernelRemoval(global.Directories(line, context), context.Clock).Prune(line.GetValue(all));
        if (line.GetValue(pruneFormat) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, [.. removed.Select(kernel => KernelRow.Of(kernel.Entry))], OutputJson.Default.IReadOnlyListKernelRow);
            return;
        }

        foreach ((KernelEntry entry, _) in removed)
        {
            context.Output.WriteLine(entry.Name);
        }

        context.Error.WriteLine($"Removed {removed.Count}, {new ByteSize(removed.Sum(kernel => kernel.Bytes))} in all.");
    }

    private static string Describe(KernelEntry entry) =>
        entry.FileSystems is null ? "file systems unknown" : $"mounts {string.Join(", ", entry.FileSystems)}";
}
