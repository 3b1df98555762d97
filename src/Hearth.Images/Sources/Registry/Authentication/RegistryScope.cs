namespace Hearth.Images.Sources.Registry.Authentication;

/// <summary>What a token is to allow (distribution's token scopes): <c>repository:NAME:ACTIONS</c>, several separated by spaces.</summary>
internal readonly record struct RegistryScope(string Text)
{
    /// <summary>Nothing but to be known, as for <c>GET /v2/</c>.</summary>
    public static RegistryScope None { get; } = new("");

    public static RegistryScope Pull(string repository) => new($"repository:{repository}:pull");

    public static RegistryScope Push(string repository) => new($"repository:{repository}:pull,push");

    public IEnumerable<string> Parts => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>This, and what a registry demands besides.</summary>
    public RegistryScope With(string? demanded) =>
        new(string.Join(' ', Parts.Concat(new RegistryScope(demanded ?? "").Parts).Distinct().Order(StringComparer.Ordinal)));
}
