namespace Hearth.Rendering;

/// <summary>A context in a list.</summary>
public sealed record ContextRow(string Name, string Description, string Host, bool Current);

/// <summary>A context as <c>inspect</c> shows it, with docker's names where docker has the member.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Metadata">What a user says about it.</param>
/// <param name="Endpoints">Where hosts are.</param>
/// <param name="Secrets">Which files its description has the contents of.</param>
/// <param name="Storage">The file of its description; empty for this host.</param>
public sealed record ContextView(string Name, ContextMetadata Metadata, IReadOnlyDictionary<string, ContextEndpoint> Endpoints, IReadOnlyList<string> Secrets, string Storage);

public sealed record ContextMetadata(string Description);

public sealed record ContextEndpoint(string Host);
