using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.DiskImages;

namespace Hearth.Cli.Commands;

/// <summary>Which part of a directory becomes the tree, for all commands that walk one.</summary>
internal sealed class TreeFlags
{
    public Flag<bool> CrossMounts { get; } = Flag.Switch("--cross-mounts", "include file systems mounted beneath the directory");

    public Flag<string[]> Include { get; } = Flag.List("--include", "PATH", "include only this path of the directory");

    public Flag<string[]> Exclude { get; } = Flag.List("--exclude", "PATH", "exclude this path of the directory");

    public Flag[] All => [CrossMounts, Include, Exclude];

    public RootfsOptions Read(ParsedLine line, ImageFormat? format) => new()
    {
        Format = format,
        CrossMounts = line.GetValue(CrossMounts),
        Include = line.GetValue(Include),
        Exclude = line.GetValue(Exclude),
    };
}
