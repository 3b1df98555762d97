namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>A <c>[[registry.mirror]]</c> of registries.conf.</summary>
/// <param name="Location">Replaces the rule's prefix.</param>
/// <param name="IsInsecure">Plain HTTP and unknown certificates are allowed.</param>
/// <param name="TakesTags">Asked for tags.</param>
/// <param name="TakesDigests">Asked for digests.</param>
internal sealed record RegistryMirror(string Location, bool IsInsecure, bool TakesTags, bool TakesDigests);
