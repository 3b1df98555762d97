namespace Hearth.Distribution.Manifests;

/// <summary>The value <c>{}</c>, by which documents write a set as an object.</summary>
public sealed record EmptyObject;
