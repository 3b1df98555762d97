using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for the guest's system; docker's names, and podman's --tz.</summary>
internal sealed class GuestFlags
{
    private readonly Flag<ByteSize?> sharedMemory = Flag.Size("--shm-size", "size of /dev/shm (default half the memory)");

    private readonly Flag<string[]> parameters = Flag.List("--sysctl", "NAME=VALUE", "set a kernel parameter of the guest: net.core.somaxconn=1024");

    public Flag<string?> TimeZone { get; } = Flag.Text("--tz", "ZONE", "time zone: Europe/Berlin; local for the host's (default the image's)");

    public Flag[] All => [sharedMemory, parameters, TimeZone];

    /// <summary>Those for which a bundle's config.json has members.</summary>
    public Flag[] OfDescription => [sharedMemory, parameters];

    /// <exception cref="FormatException">A parameter has no value.</exception>
    public IReadOnlyDictionary<string, string> ReadParameters(ParsedLine line)
    {
        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (string text in line.GetValue(parameters))
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            read[equals > 0 ? text[..equals].Trim() : throw new FormatException($"invalid sysctl '{text}': give NAME=VALUE, such as net.core.somaxconn=1024")] = text[(equals + 1)..].Trim();
        }

        return read;
    }

    /// <summary>The mounts that they ask for.</summary>
    public IEnumerable<MountSpec> ReadMounts(ParsedLine line) => line.GetValue(sharedMemory) is { } size
        ? [MountSpec.SharedMemory(size.Bytes)]
        : [];
}
