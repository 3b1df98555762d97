namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>The values of HTTP_PROXY, HTTPS_PROXY and NO_PROXY.</summary>
/// <param name="Http">For plain HTTP; null for none.</param>
/// <param name="Https">For HTTPS; null for none.</param>
/// <param name="Exceptions">Hosts that are reached directly, separated by commas.</param>
public sealed record ProxySettings(string? Http, string? Https, string? Exceptions);
