namespace Hearth.Distribution.Sources.Registry.Authentication;

/// <summary>What a token is to allow (distribution's token scopes): <c>repository:NAME:ACTIONS</c>, several separated by spaces.</summary>
internal readonly record struct RegistryScope(string Text)
{
    /// <summary>Nothing but to be known, as for <c>GET /v2/</c>.</summary>
    public static RegistryScope None { get; } = new("");

    public static RegistryScope Pull(string repository) => new($"repository:{repository}:pull");

    public static RegistryScope Push(string repository) => new($"repository:{repository}:pull,push");

    public IEnumerable<string> Parts => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>This, and what a registry demands besides: one part for each resource, its actions in the order of their names.</summary>
    public RegistryScope With(string? demanded)
    {
        IEnumerable<string> merged = Parts.Concat(new RegistryScope(demanded ?? "").Parts)
            .Select(part => (Resource: part[..Math.Max(part.LastIndexOf(':'), 0)], Actions: part[(part.LastIndexOf(':') + 1)..].Split(',')))
            .GroupBy(part => part.Resource, part => part.Actions)
            .OrderBy(part => part.Key, StringComparer.Ordinal)
            .Select(part => $"{part.Key}:{string.Join(',', part.SelectMany(actions => actions).Distinct().Order(StringComparer.Ordinal))}");
        return new RegistryScope(string.Join(' ', merged));
    }
}
