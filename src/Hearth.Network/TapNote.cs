using System.Buffers;
using System.Globalization;

namespace Hearth.Network;

/// <summary>
/// What a tap's alias says beyond its name: <c>hardware=020000000001 forwarding=ipv4,ipv6 advertised=2,3 holder=0123456789ab limited confined</c>. It lives
/// and ends with the tap, so nothing stale remains after a crash or a reboot.
/// </summary>
/// <param name="HardwareAddress">The guest's hardware address if it does not follow from its IPv4 address.</param>
/// <param name="ForwardingOff">The switches that the host had off before its first guest, <see cref="Forwarding"/>. Every tap has them all.</param>
/// <param name="IsConfined">Whether the guest has a policy: if its rules are lost, it may connect nowhere.</param>
/// <param name="IsLimited">Whether the guest has a rate, which its removal must remove.</param>
/// <param name="Holder">Who got the tap; null for nobody in particular.</param>
internal sealed record TapNote(byte[]? HardwareAddress, IReadOnlyList<string> ForwardingOff, bool IsConfined = false, bool IsLimited = false, string? Holder = null)
{
    private const string LimitedWord = "limited";
    private const string ConfinedWord = "confined";
    private const string HardwareKey = "hardware=";
    private const string ForwardingKey = "forwarding=";
    private const string AdvertisedKey = "advertised=";
    private const string HolderKey = "holder=";
    private const int HardwareDigits = 12;

    private static readonly SearchValues<char> hexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The indexes of the host's interfaces that keep what routers advertise, <see cref="RouterAdvertisements"/>. Every tap has them all.</summary>
    public IReadOnlyList<int> Advertised { get; init; } = [];

    /// <summary>Reads an alias, which anybody may have changed.</summary>
    public static TapNote Parse(string? alias)
    {
        string[] words = (alias ?? "").Split(' ');
        string? hardware = ValueOf(words, HardwareKey);
        return new TapNote(
            hardware?.Length == HardwareDigits && !hardware.AsSpan().ContainsAnyExcept(hexDigits) ? Convert.FromHexString(hardware) : null,
            ListOf(words, ForwardingKey),
            words.Contains(ConfinedWord),
            words.Contains(LimitedWord),
            ValueOf(words, HolderKey))
        {
            Advertised = [.. ListOf(words, AdvertisedKey).Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : 0).Where(index => index > 0)],
        };
    }

    public override string ToString() => string.Join(' ', (string[])
    [
        .. HardwareAddress is null ? Array.Empty<string>() : [HardwareKey + Convert.ToHexStringLower(HardwareAddress)],
        .. ForwardingOff.Count == 0 ? Array.Empty<string>() : [ForwardingKey + string.Join(',', ForwardingOff)],
        .. Advertised.Count == 0 ? Array.Empty<string>() : [AdvertisedKey + string.Join(',', Advertised.Take(RouterAdvertisements.MostInterfaces))],
        .. Holder is null ? Array.Empty<string>() : [HolderKey + Holder],
        .. IsLimited ? [LimitedWord] : Array.Empty<string>(),
        .. IsConfined ? [ConfinedWord] : Array.Empty<string>(),
    ]);

    private static string[] ListOf(string[] words, string key) => ValueOf(words, key)?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static string? ValueOf(string[] words, string key) => Array.Find(words, word => word.StartsWith(key, StringComparison.Ordinal))?[key.Length..];
}
