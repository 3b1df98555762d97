using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Images.Configuration;
using Hearth.Images.Pulling;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>The argument of <c>run</c> and <c>create</c> that names the root: a directory, or an image.</summary>
internal static class RootArgument
{
    /// <summary>Whether it names a directory: it begins with a slash or a dot, which no name of an image does.</summary>
    public static bool IsDirectory(string root) => root.Length == 0 || root[0] is '/' or '.';

    /// <exception cref="UsageException">A flag is only for directories.</exception>
    public static void RefuseFlags(RunFlags flags, ParsedLine line)
    {
        if (flags.Tree.All.Concat(flags.Cache.OfDirectories).FirstOrDefault(line.IsGiven) is { } refused)
        {
            throw new UsageException($"{refused.Name} cannot be given with an image: it is for directories, which begin with '/' or '.'");
        }
    }

    /// <summary>Completes a description from an image, and says how its layers were fetched if they were.</summary>
    /// <exception cref="HearthException">The image cannot be fetched, or names no command.</exception>
    public static async Task<DescribedRun> DescribeAsync(
        CommandContext context, RunFlags flags, ParsedLine line, string image, ContainerDescription description, ProcessChoices choices)
    {
        IImages service = flags.Images.Open(line);
        Platform? platform = flags.Images.ReadPlatform(line);
        LazyMode lazy = flags.Lazy.Mode(line);
        PulledLayers? pulled = null;
        try
        {
            DescribedContainer described = await service.DescribeAsync(
                description, new ImageDemand(image, line.GetValue(flags.Pull), platform, lazy, flags.Lazy.Read(line)), choices, PullAsync);
            if ((pulled is not null || described.IsInParts) && !flags.Images.IsQuiet(line))
            {
                await context.Error.WriteLineAsync(pulled is null ? Laziness.OfPartialImage : Laziness.DescribeLayers(pulled));
            }

            if (described.Warning is { } warning)
            {
                await context.Error.WriteLineAsync($"WARNING: {warning}");
            }

            return new DescribedRun(described.Description, pulled?.Way, described);
        }
        catch (HearthException failure) when (failure.Error is HearthError.ImageUnknown or HearthError.ImageUnavailable && Directory.Exists(image))
        {
            throw new HearthException(failure.Error, $"{failure.Message}; for the directory, write './{image}'", failure);
        }

        async Task<PulledImage> PullAsync(string text, bool isMissing)
        {
            if (isMissing && !flags.Images.IsQuiet(line))
            {
                await context.Error.WriteLineAsync($"Unable to find image '{image}' locally");
            }

            using PullOutput output = flags.Images.Show(line);
            PulledImage fetched = await service.PullAsync(text, platform, lazy, output.Show);
            pulled = fetched.Layers;
            return fetched;
        }
    }
}
