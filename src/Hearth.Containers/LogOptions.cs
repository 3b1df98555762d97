using System.Globalization;

namespace Hearth.Containers;

/// <summary>How much of a container's output is kept, by the option names of docker's <c>--log-opt</c>, and <c>max-rate</c>.</summary>
public sealed record LogOptions
{
    public const string MaxSizeOption = "max-size";
    public const string MaxFilesOption = "max-file";
    public const string MaxRateOption = "max-rate";

    /// <summary>Three files of this size hold half a million lines of a hundred characters.</summary>
    private const long DefaultMaxSizeInBytes = 16 << 20;

    private const int DefaultMaxFiles = 3;

    /// <summary>Smaller files would hold only a few records.</summary>
    private const long LeastSizeInBytes = 1 << 10;

    /// <summary>The limit exists because a reader opens all files.</summary>
    private const int MostFiles = 100;

    /// <summary>The size at which a file is rotated.</summary>
    public ByteSize MaxSize { get; init; } = new(DefaultMaxSizeInBytes);

    /// <summary>The largest number of files, including the one being written.</summary>
    public int MaxFiles { get; init; } = DefaultMaxFiles;

    /// <summary>
    /// Output above this number of bytes per second is dropped; with null, output waits for the disk and none is dropped.
    /// </summary>
    public ByteSize? MaxRate { get; init; }

    /// <summary>Parses values of <c>--log-opt</c>, each NAME=VALUE; the last value of a name counts.</summary>
    /// <exception cref="FormatException">A name is unknown or a value is invalid.</exception>
    public static LogOptions Parse(IEnumerable<string> options) => options.Aggregate(new LogOptions(), (parsed, option) => parsed.With(option));

    private LogOptions With(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? option : option[..equals];
        string value = equals < 0 ? "" : option[(equals + 1)..];
        return name switch
        {
            MaxSizeOption => this with { MaxSize = ParseSize(option, value) },
            MaxRateOption => this with { MaxRate = ParseSize(option, value) },
            MaxFilesOption => this with { MaxFiles = ParseCount(option, value) },
            _ => throw new FormatException($"unknown log option '{name}': there are {MaxSizeOption}, {MaxFilesOption} and {MaxRateOption}"),
        };
    }

    private static ByteSize ParseSize(string option, string value) => ByteSize.TryParse(value, out ByteSize size) && size.Bytes >= LeastSizeInBytes
        ? size
        : throw new FormatException($"invalid log option '{option}': it takes a size such as 10m, at least {new ByteSize(LeastSizeInBytes)}");

    private static int ParseCount(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= MostFiles
            ? count
            : throw new FormatException($"invalid log option '{option}': it takes a number of files from 1 to {MostFiles}");
}
