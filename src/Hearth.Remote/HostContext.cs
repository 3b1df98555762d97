using System.Text.Json.Serialization;
using Hearth.Containers;

namespace Hearth.Remote;

/// <summary>A host by a name, as its file describes it.</summary>
public sealed record HostContext
{
    /// <summary>The file's name.</summary>
    [JsonIgnore]
    public string Name { get; init; } = "";

    public string Description { get; init => field = value ?? ""; } = "";

    /// <summary>As <see cref="HostAddress"/> reads it.</summary>
    public required string Host { get; init; }

    public string? Authority { get; init; }

    public string? Certificate { get; init; }

    public string? Key { get; init; }

    public string? Token { get; init; }

    public static HostContext Of(string name, string description, HostAccess access) => new()
    {
        Name = name,
        Description = description,
        Host = access.Address.Text,
        Authority = access.Authority,
        Certificate = access.Certificate,
        Key = access.Key,
        Token = access.Token,
    };

    /// <exception cref="HearthException">The file was changed to something that cannot be used.</exception>
    public HostAccess ToAccess() => new HostAccess(HostAddress.Parse(Host)) { Authority = Authority, Certificate = Certificate, Key = Key, Token = Token }.Checked();

    /// <summary>Secrets are never shown.</summary>
    public override string ToString() => Name;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HostContext))]
internal sealed partial class ContextJson : JsonSerializerContext;
