using System.Text.Json.Serialization;

namespace Hearth.Network.Joined;

/// <summary>What a machine has of a namespace, recorded before it is taken, so that another process can give it back after a crash.</summary>
/// <param name="Path">The namespace's file.</param>
/// <param name="Identity">The namespace, since another one may have the file's name later.</param>
/// <param name="Taps">The machine's taps in it.</param>
/// <param name="Interfaces">The interfaces that the machine has taken over.</param>
public sealed record JoinedRecord(string Path, string Identity, IReadOnlyList<string> Taps, IReadOnlyList<JoinedInterface> Interfaces)
{
    /// <summary>Who has the namespace, as the taps say too; null for nobody in particular.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Holder { get; init; }

    /// <summary>The namespace's switches as they were; null for a machine without a policy, which changes none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ChangedSwitch>? Switches { get; init; }
}
