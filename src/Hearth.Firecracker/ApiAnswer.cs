namespace Hearth.Firecracker;

/// <summary>One answer of the API.</summary>
/// <param name="Status">The HTTP status: 200 with a body, 204 without one, 400 and above for a refusal.</param>
/// <param name="Body">The body; empty if the answer has none.</param>
internal sealed record ApiAnswer(int Status, byte[] Body);
