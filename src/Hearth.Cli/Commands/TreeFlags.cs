using System.CommandLine;
using Hearth.Cli.CommandLine;
using Hearth.Containers;
using Hearth.DiskImages;

namespace Hearth.Cli.Commands;

/// <summary>Which part of a directory becomes the tree; the same for all commands that walk one.</summary>
internal sealed class TreeFlags
{
    public Option<bool> CrossMounts { get; } = Flag.Switch("--cross-mounts", "go on into file systems mounted beneath the directory");

    public Option<string[]> Include { get; } = Flag.List("--include", "PATH", "take only this path below the directory, and what leads to it");

    public Option<string[]> Exclude { get; } = Flag.List("--exclude", "PATH", "leave out this path below the directory");

    public Option[] All => [CrossMounts, Include, Exclude];

    public RootfsOptions Read(ParseResult line, ImageFormat? format) => new()
    {
        Format = format,
        CrossMounts = line.GetValue(CrossMounts),
        Include = line.GetValue(Include) ?? [],
        Exclude = line.GetValue(Exclude) ?? [],
    };
}
