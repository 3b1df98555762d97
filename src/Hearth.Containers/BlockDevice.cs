using System.Globalization;

namespace Hearth.Containers;

/// <summary>A block device of the host, as limits of its use name it.</summary>
/// <param name="Major">Its driver.</param>
/// <param name="Minor">Its number there.</param>
public sealed record BlockDevice(long Major, long Minor)
{
    private const string Devices = "/dev/";
    private const string ByNumber = "/sys/dev/block";

    /// <summary>Where the kernel says the name of a device.</summary>
    private const string NameMember = "DEVNAME=";

    /// <exception cref="FormatException">There is no such device.</exception>
    public static BlockDevice Find(string path)
    {
        if (!path.StartsWith(Devices, StringComparison.Ordinal))
        {
            throw new FormatException($"cannot limit the device '{path}': give the path of a block device of the host, such as /dev/sda");
        }

        string name = File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } target ? target.Name : Path.GetFileName(path);
        string numbers = $"/sys/class/block/{name}/dev";
        return File.Exists(path) && File.Exists(numbers) && File.ReadAllText(numbers).Trim().Split(':') is [var major, var minor]
            ? new BlockDevice(Number(major), Number(minor))
            : throw new FormatException($"cannot limit the device '{path}': the host has no such block device");
    }

    /// <summary>Its path; its numbers if the host does not have it any more.</summary>
    public string FindPath()
    {
        string numbers = string.Create(CultureInfo.InvariantCulture, $"{Major}:{Minor}");
        string events = $"{ByNumber}/{numbers}/uevent";
        string? line = File.Exists(events) ? File.ReadLines(events).FirstOrDefault(line => line.StartsWith(NameMember, StringComparison.Ordinal)) : null;
        return line is null ? numbers : Devices + line[NameMember.Length..];
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
