using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.DiskImages.Packed;

namespace Hearth.Cli.Commands;

/// <summary>How a packed SquashFS is compressed, for commands that can pack one.</summary>
internal sealed class PackFlags
{
    private readonly Flag<PackCompression> compression = Flag.Choice("--compression",
        "compression of a packed SquashFS (default zstd)",
        ("zstd", PackCompression.Zstd), ("lz4", PackCompression.Lz4), ("gzip", PackCompression.Gzip), ("xz", PackCompression.Xz), ("none", PackCompression.None));

    private readonly Flag<double?> level = Flag.Number("--level", "compression level: 1 to 22 for zstd, 1 to 9 for gzip\n(default: that of mksquashfs)");

    public IEnumerable<Flag> All => [compression, level];

    /// <exception cref="UsageException">The compression has no such level.</exception>
    public RootfsOptions Read(ParsedLine line, RootfsOptions options)
    {
        PackCompression chosen = line.GetValue(compression);
        int? asked = line.GetValue(level) is double number ? (int)number : null;
        try
        {
            SquashFsPacker.CheckLevel(chosen, asked);
        }
        catch (PackingException refusal)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"invalid argument \"{asked}\" for \"--level\" flag: {refusal.Message}"));
        }

        return options with { Compression = chosen, CompressionLevel = asked };
    }
}
