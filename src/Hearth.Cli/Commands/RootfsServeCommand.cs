using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Control.Attachment;
using Hearth.DiskImages;
using Hearth.Rendering;
using Hearth.Rootfs;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs serve</c>: serves a directory's disk as a file.</summary>
internal sealed class RootfsServeCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> directory = Argument.One("DIRECTORY");
    private readonly Flag<string?> at = Flag.Text("--at", "MOUNTPOINT", "existing directory for rootfs.img (required)");
    private readonly Flag<ImageFormat?> rootfsFormat = CommonFlags.RootfsFormat("EROFS");
    private readonly TreeFlags tree = new();
    private readonly CacheFlags cache = new(context, global);

    public Command Create() => new Command("serve", "Serve the virtual disk of a directory as a file, until interrupted")
    {
        Usage = "[FLAGS] DIRECTORY --at MOUNTPOINT",
        Examples = [("hearth rootfs serve --at /mnt/disk / & mount -o loop,ro /mnt/disk/rootfs.img /mnt/root", "mount what a guest would see")],
    }.WithFlags("Flags", [at, rootfsFormat, .. tree.All]).WithFlags("Cache", cache.All).WithArguments(directory)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string mountPoint = line.GetValue(at) ?? throw new UsageException("--at MOUNTPOINT is missing");
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var relay = new SignalRelay(_ => interrupted.TrySetResult(), () => { });
        RootfsOptions options = cache.Read(line, tree.Read(line, line.GetValue(rootfsFormat)));
        await using LazyRootfs rootfs = await LazyRootfs.ServeAsync(
            new DirectoryRoot(line.GetValue(directory), options),
            options,
            cache.OpenIfWanted(line),
            mountPoint,
            new Timeline(context.Clock, context.StartTimestamp),
            cancellationToken);

        context.Show(Diagnostic.Warnings(DiagnosticCode.RootLeftOut, rootfs.LeftOut));

        RootfsReport report = rootfs.Report;
        context.Output.WriteLine(rootfs.ImagePath);
        context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Serving {new ByteSize(report.ImageBytes)} of {report.Format} with {report.Nodes:#,0} nodes; Ctrl-C ends it."));
        await Task.WhenAny(interrupted.Task, rootfs.Ended).WaitAsync(cancellationToken);
        context.Error.WriteLine($"In all, {Laziness.Describe(rootfs.Report)}.");
        foreach (SourceFault fault in rootfs.Faults)
        {
            context.Warn($"'{fault.Path}' could not be served: {fault.Reason}");
        }

        return 0;
    }
}
