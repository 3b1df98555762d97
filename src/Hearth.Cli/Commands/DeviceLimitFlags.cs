using System.Globalization;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for the use of single disks of the host; docker's names.</summary>
internal sealed class DeviceLimitFlags
{
    private readonly Flag<string[]> weights = Flag.List("--blkio-weight-device", "DEVICE:N", "weight of requests to a disk of the host: /dev/sda:500");

    private readonly Flag<string[]> readBytes = Flag.List("--device-read-bps", "DEVICE:SIZE", "most bytes per second read from a disk of the host: /dev/sda:10m");

    private readonly Flag<string[]> writtenBytes = Flag.List("--device-write-bps", "DEVICE:SIZE", "the same for writes");

    private readonly Flag<string[]> reads = Flag.List("--device-read-iops", "DEVICE:N", "most reads per second of a disk of the host");

    private readonly Flag<string[]> writes = Flag.List("--device-write-iops", "DEVICE:N", "the same for writes");

    public Flag[] All => [weights, readBytes, writtenBytes, reads, writes];

    /// <exception cref="FormatException">A value is invalid, or the host has no such disk.</exception>
    public BlockIoSpec? AddTo(BlockIoSpec? limits, ParsedLine line) => !All.Any(line.IsGiven) ? limits : (limits ?? new BlockIoSpec()) with
    {
        WeightDevice = [.. line.GetValue(weights).Select(ReadWeight)],
        ThrottleReadBpsDevice = [.. line.GetValue(readBytes).Select(text => ReadRate(text, ParseSize))],
        ThrottleWriteBpsDevice = [.. line.GetValue(writtenBytes).Select(text => ReadRate(text, ParseSize))],
        ThrottleReadIopsDevice = [.. line.GetValue(reads).Select(text => ReadRate(text, ParseCount))],
        ThrottleWriteIopsDevice = [.. line.GetValue(writes).Select(text => ReadRate(text, ParseCount))],
    };

    private static DeviceWeightSpec ReadWeight(string text)
    {
        (BlockDevice device, string value) = Split(text);
        return new DeviceWeightSpec { Major = device.Major, Minor = device.Minor, Weight = checked((ushort)Math.Min(ParseCount(value) ?? throw Invalid(text), ushort.MaxValue)) };
    }

    private static DeviceThrottleSpec ReadRate(string text, Func<string, ulong?> parse)
    {
        (BlockDevice device, string value) = Split(text);
        return new DeviceThrottleSpec { Major = device.Major, Minor = device.Minor, Rate = parse(value) ?? throw Invalid(text) };
    }

    private static (BlockDevice Device, string Value) Split(string text) => text.LastIndexOf(':') is > 0 and int colon
        ? (BlockDevice.Find(text[..colon]), text[(colon + 1)..])
        : throw Invalid(text);

    private static ulong? ParseSize(string text) => ByteSize.TryParse(text, out ByteSize size) ? (ulong)size.Bytes : null;

    private static ulong? ParseCount(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) ? count : null;

    private static FormatException Invalid(string text) => new($"invalid limit of a disk '{text}': give its path and a number, such as /dev/sda:500");
}
