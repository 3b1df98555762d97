namespace Hearth.Containers;

/// <summary>The host's rules of a time zone, a file of tzfile(5).</summary>
public static class TimeZoneFile
{
    /// <summary>podman's name for the host's own zone.</summary>
    private const string Local = "local";

    private const string LocalFile = "/etc/localtime";
    private const string Zones = "/usr/share/zoneinfo";

    /// <summary>The largest zone file is 4 KiB.</summary>
    private const int MostBytes = 64 << 10;

    private static ReadOnlySpan<byte> Magic => "TZif"u8;

    /// <param name="zone">Such as <c>Europe/Berlin</c>, or <c>local</c>.</param>
    /// <exception cref="HearthException">The host has no such zone.</exception>
    public static byte[] Read(string zone)
    {
        string path = zone == Local ? LocalFile : Path.Combine(Zones, zone);
        if (Path.GetFullPath(path) != path)
        {
            throw Refuse(zone, "it is not the name of a zone");
        }

        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[Math.Min(file.Length, MostBytes)];
            file.ReadExactly(bytes);
            return bytes.AsSpan().StartsWith(Magic) ? bytes : throw Refuse(zone, $"'{path}' is not a time zone file");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Refuse(zone, failure is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException ? $"the host has no '{path}'" : failure.Message);
        }
    }

    private static HearthException Refuse(string zone, string cause) => new(
        HearthError.InvalidRequest,
        $"cannot set the time zone '{zone}': {cause}; give a name such as Europe/Berlin, or 'local', and install tzdata on the host where it is missing");
}
