using Hearth.Tar;

namespace Hearth.Layers.Index;

/// <summary>Compares a layer's entries with those of somebody else's index, which may say the same in other words.</summary>
public static class EntryComparison
{
    private static ReadOnlySpan<byte> OwnTable => "stargz.index.json"u8;

    /// <summary>The entry in which a layer of eStargz has its table of contents, which does not list itself.</summary>
    public static bool IsOwnTable(TarEntry entry) => entry.Name.AsSpan().SequenceEqual(OwnTable);

    /// <summary>Whether two entries are alike but for their places, fractions of seconds, and how names end.</summary>
    public static bool AreAlike(TarEntry one, TarEntry other) => one.Type == other.Type
        && Trim(one.Name).SequenceEqual(Trim(other.Name))
        && (one.Type is not (TarEntryType.HardLink or TarEntryType.SymbolicLink) || Trim(one.LinkName).SequenceEqual(Trim(other.LinkName)))
        && one.Mode == other.Mode
        && one.UserId == other.UserId
        && one.GroupId == other.GroupId
        && one.Modified.Seconds == other.Modified.Seconds
        && one.SizeInBytes == other.SizeInBytes
        && (one.Type is not (TarEntryType.BlockDevice or TarEntryType.CharacterDevice) || (one.DeviceMajor == other.DeviceMajor && one.DeviceMinor == other.DeviceMinor))
        && HaveSame(one.Attributes, other.Attributes);

    private static ReadOnlySpan<byte> Trim(byte[] name) => name.AsSpan().TrimEnd((byte)'/');

    private static bool HaveSame(IReadOnlyList<KeyValuePair<string, byte[]>> one, IReadOnlyList<KeyValuePair<string, byte[]>> other) => one.Count == other.Count
        && one.OrderBy(attribute => attribute.Key, StringComparer.Ordinal).Zip(other.OrderBy(attribute => attribute.Key, StringComparer.Ordinal))
            .All(pair => pair.First.Key == pair.Second.Key && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));
}
