namespace Hearth.Admission;

/// <summary>A start that is not admitted.</summary>
/// <param name="message">For users: what, why, and the next step.</param>
/// <param name="mayRetry">Whether the same request can succeed later.</param>
public sealed class AdmissionException(string message, bool mayRetry) : Exception(message)
{
    public bool MayRetry { get; } = mayRetry;
}
