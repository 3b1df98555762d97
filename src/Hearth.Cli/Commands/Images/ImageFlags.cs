using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Hearth.Linux.Sockets;
using Hearth.Remote;
using Hearth.Rendering;

namespace Hearth.Cli.Commands.Images;

/// <summary>What the commands that fetch images have in common.</summary>
internal sealed class ImageFlags(CommandContext context, GlobalFlags global)
{
    private readonly Flag<string?> platform = Flag.Text("--platform", "OS/ARCH[/VARIANT]", "platform of the image, such as linux/arm64\n(default this host's)");

    private readonly Flag<ProgressKind> progress = Flag.Choice("--progress",
        "how a pull is shown on standard error: auto draws bars on a\nterminal and prints lines elsewhere (default auto)",
        ("auto", ProgressKind.Auto), ("plain", ProgressKind.Plain), ("json", ProgressKind.Json), ("quiet", ProgressKind.Quiet));

    private readonly Flag<ByteSize?> limit = Flag.Size("--image-limit", $"refuse an image with which the image store would become larger\n(default unlimited, or ${StoreLimit.Variable})");

    public Flag[] All => [platform, progress, limit];

    /// <summary>For commands without a progress.</summary>
    public Flag[] WithoutProgress => [platform, limit];

    /// <exception cref="UsageException">It is no platform.</exception>
    public Platform? ReadPlatform(ParsedLine line) => ReadPlatform(line, platform);

    /// <exception cref="UsageException">It is no platform.</exception>
    public static Platform? ReadPlatform(ParsedLine line, Flag<string?> platform)
    {
        try
        {
            return line.GetValue(platform) is { } text ? PlatformChoice.Parse(text) : null;
        }
        catch (ImageException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <param name="line">The command line.</param>
    /// <param name="isQuiet">Whether another flag wants silence.</param>
    public PullOutput Show(ParsedLine line, bool isQuiet = false) => new(context, isQuiet ? ProgressKind.Quiet : line.GetValue(progress));

    public bool IsQuiet(ParsedLine line) => line.GetValue(progress) == ProgressKind.Quiet;

    /// <summary>The images of the chosen host.</summary>
    public IImages Open(ParsedLine line) => global.FindHost(line, context) is { } access ? new RemoteImages(new WorkerConnection(access)) : new HostImages(OpenStore(line), context.Clock);

    /// <summary>The images of this host.</summary>
    public ImageService OpenStore(ParsedLine line) => new(
        global.Directories(line, context), RegistrySettings.FromEnvironment(context.Environment.Find, PeerCredentials.OwnUser), context.Clock, ReadLimit(line));

    /// <exception cref="UsageException">The size in the environment cannot be read.</exception>
    private ByteSize? ReadLimit(ParsedLine line)
    {
        string? text = context.Environment.Find(StoreLimit.Variable);
        return line.GetValue(limit) is { } given ? given
            : string.IsNullOrEmpty(text) ? null
            : ByteSize.TryParse(text, out ByteSize size) ? size
            : throw new UsageException($"{StoreLimit.Variable}=\"{text}\" is not a size: give one such as 20g");
    }
}
