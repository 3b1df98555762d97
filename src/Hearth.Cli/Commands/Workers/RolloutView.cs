using System.Text.Json.Serialization;

namespace Hearth.Cli.Commands.Workers;

/// <summary>What <c>worker rollout-check --format json</c> prints.</summary>
/// <param name="Verdict"><c>go</c>, <c>wait</c> or <c>roll back</c>.</param>
/// <param name="Checks">Each comparison.</param>
internal sealed record RolloutView(string Verdict, IReadOnlyList<RolloutCheck> Checks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RolloutView))]
internal sealed partial class WorkersJson : JsonSerializerContext;
