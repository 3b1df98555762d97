using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Cli.Rendering;
using Hearth.Machines.Kernel;
using Hearth.Runtime.Machines;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth kernel</c>: which kernels guests can boot.</summary>
internal sealed class KernelCommands(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> source = new("SOURCE");
    private readonly Option<string?> store = Flag.Text("--store", "DIR", "put it into this store (default kernels/ beneath the state directory)");
    private readonly Option<OutputFormat> format = CommonFlags.Format();

    public HearthCommand Create() => new HearthCommand("kernel", "Manage the kernels that guests boot") { Usage = "COMMAND" }
        .WithCommands(CreateImport(), CreateList());

    private HearthCommand CreateImport()
    {
        HearthCommand command = new HearthCommand("import", "Take a distribution's kernel apart and put it into the store")
        {
            Usage = "[FLAGS] SOURCE",
            Details = """
                SOURCE is a kernel package (.deb), the directory of an unpacked one, a system's root directory,
                or a bzImage or vmlinux file. The image is decompressed and the modules that a guest can need
                are kept. A kernel of the same name is replaced.
                """,
            Examples =
            [
                ("hearth kernel import linux-image-6.1.0-32-cloud-amd64_6.1.129-1_amd64.deb", "Debian's kernel for virtual machines"),
                ("hearth kernel import /boot/vmlinuz-$(uname -r)", "the kernel that this machine runs"),
            ],
        }.WithFlags("Flags", store);
        command.Arguments.Add(source);
        command.SetAction(line =>
        {
            string directory = line.GetValue(store) ?? global.Directories(line, context).Kernels;
            KernelEntry entry = KernelSearch.Import(line.GetRequiredValue(source), directory);
            context.Output.WriteLine($"Imported {entry.Name}: {Describe(entry)}, {entry.Modules.Count} modules, in {entry.Directory}");
        });
        return command;
    }

    private HearthCommand CreateList()
    {
        HearthCommand command = new HearthCommand("list", "List the kernels, the preferred one first")
        {
            Usage = "[FLAGS]",
            Examples = [("hearth kernel list --format json", "for programs")],
        }.WithFlags("Flags", format);
        command.SetAction(line =>
        {
            IReadOnlyList<KernelRow> rows = [.. new KernelSearch(global.Directories(line, context)).List().Select(KernelRow.Of)];
            if (line.GetValue(format) == OutputFormat.Json)
            {
                JsonOutput.Write(context.Output, rows, CliJson.Default.IReadOnlyListKernelRow);
                return;
            }

            TextTable.Write(
                context.Output,
                ["NAME", "ARCHITECTURE", "FILE SYSTEMS", "MODULES", "DIRECTORY"],
                [.. rows.Select(row => (IReadOnlyList<string>)[row.Name, row.Architecture, row.FileSystems is null ? "unknown" : string.Join(' ', row.FileSystems), $"{row.Modules}", row.Directory])]);
        });
        return command;
    }

    private static string Describe(KernelEntry entry) =>
        entry.FileSystems is null ? "file systems unknown" : $"mounts {string.Join(", ", entry.FileSystems)}";
}
