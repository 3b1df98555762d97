namespace Hearth.Firecracker;

/// <summary>One answer of the API.</summary>
/// <param name="Status">HTTP's: 200 with a body, 204 without, 400 and above for a refusal.</param>
/// <param name="Body">Empty where there is none.</param>
internal sealed record ApiAnswer(int Status, byte[] Body);
