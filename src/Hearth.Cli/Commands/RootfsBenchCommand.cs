using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Keeper.Comparison;
using Hearth.Machines;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth rootfs bench</c>: compares all ways to give a tree to a guest.</summary>
internal sealed class RootfsBenchCommand(CommandContext context, GlobalFlags global)
{
    private const int DefaultRounds = 3;

    private readonly Argument<string> source = Argument.One("SOURCE");
    private readonly Flag<string[]> mode = Flag.List("--mode", "MODE", $"compare this mode; can be repeated\n(default all except {ComparedModes.OnlyByName})");
    private readonly Flag<double?> rounds = Flag.Number("--rounds", $"number of guests for each workload (default {DefaultRounds})");
    private readonly Flag<string?> plot = Flag.Text("--plot", "FILE", "write the comparison to FILE as SVG");
    private readonly Flag<OutputFormat> format = CommonFlags.Format();
    private readonly Flag<ByteSize?> memory = Flag.Size("--memory", $"memory of the guests (default {RunFlags.DefaultMemoryInMebibytes}m)", "-m");
    private readonly Flag<string?> kernel = Flag.Text("--kernel", "NAME", "kernel of the guests, as for 'hearth run'");
    private readonly Flag<Accelerator> accel = CommonFlags.Accel();
    private readonly TreeFlags tree = new();

    public Command Create() => new Command("bench", "Compare lazy, packed and copied roots")
    {
        Usage = "[FLAGS] SOURCE",
        Details = $"""
            Boots guests from SOURCE in every mode. Measures the time to prepare the disk, the bytes read from
            SOURCE, the disk usage, the time to the first output, and the guest's times to start Python with
            fifty imports, to walk the tree, and to read all of it.

            Modes: {string.Join(", ", ComparedModes.Names)}.
            {ComparedModes.OnlyByName} is squashfs-stored without fragments, as lazy-squashfs is.
            """,
        Examples =
        [
            ("hearth rootfs bench ./image", "all modes"),
            ("hearth rootfs bench --mode lazy-erofs --mode ext4 --rounds 5 --plot bench.svg ./image", "two modes, with a plot"),
        ],
    }.WithFlags("Flags", [mode, rounds, plot, format, memory, kernel, accel, .. tree.All]).WithArguments(source)
        .WithAction(RunAsync);

    private async Task<int> RunAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        ComparisonRun run = new(ReadRequest(line), global.Directories(line, context), context.Clock);
        using StopSignals stop = new(cancellationToken);
        RootfsComparison comparison;
        try
        {
            comparison = await run.ExecuteAsync(step => context.Error.WriteLine($"[bench] {step}"), stop.Token);
        }
        catch (OperationCanceledException) when (stop.Signal > 0)
        {
            return ExitCodes.SignalBase + stop.Signal;
        }

        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, comparison, OutputJson.Default.RootfsComparison);
        }
        else
        {
            ComparisonTable.Write(context.Output, comparison);
        }

        if (line.GetValue(plot) is { } file)
        {
            WritePlot(file, comparison);
        }

        return comparison.Modes.All(figures => figures.Error is null) ? 0 : 1;
    }

    private static void WritePlot(string path, RootfsComparison comparison)
    {
        try
        {
            File.WriteAllText(path, ComparisonPlot.Draw(comparison));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write the plot '{path}': {exception.Message}", exception);
        }
    }

    private ComparisonRequest ReadRequest(ParsedLine line)
    {
        double count = line.GetValue(rounds) ?? DefaultRounds;
        if (count is < 1 or > 1000 || count != Math.Floor(count))
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"invalid argument \"{count}\" for \"--rounds\" flag: a whole number from 1 on"));
        }

        ByteSize size = line.GetValue(memory) ?? ByteSize.FromMebibytes(RunFlags.DefaultMemoryInMebibytes);
        return new ComparisonRequest
        {
            Rounds = (int)count,
            Modes = ComparedModes.Read(line.GetValue(mode), tree.Read(line, null)),
            Container = new ContainerDescription
            {
                Accelerator = line.GetValue(accel),
                Kernel = line.GetValue(kernel),
                InitPath = context.Environment.Find(ContainerDescription.InitVariable),
                Spec = new ContainerSpec
                {
                    Root = new RootSpec { Path = line.GetValue(source) },
                    Process = new ProcessSpec { Env = [ProcessSpec.UsualPath] },
                    Linux = new LinuxSpec { Resources = new ResourcesSpec { Memory = new MemorySpec { Limit = size.Bytes } } },
                },
            },
        };
    }
}
