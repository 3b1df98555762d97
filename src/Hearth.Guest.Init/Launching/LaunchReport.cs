using System.Text;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Launching;

/// <summary>
/// What comes back from a launcher: nothing but the end of the socket when execve took place (it closes on exec), or one
/// byte of <see cref="StartFailure"/> and a message in UTF-8.
/// </summary>
internal static class LaunchReport
{
    /// <summary>A message of any length ends up with a person: what exceeds this says nothing more.</summary>
    internal const int MaxBytes = 4096;

    internal static byte[] Encode(LaunchException failure)
    {
        byte[] report = [(byte)failure.Reason, .. Encoding.UTF8.GetBytes(failure.Message)];
        return report.Length <= MaxBytes ? report : report[..MaxBytes];
    }

    /// <summary>Null for a process that was started.</summary>
    internal static LaunchException? Decode(ReadOnlySpan<byte> report) =>
        report.IsEmpty ? null : new LaunchException((StartFailure)report[0], Encoding.UTF8.GetString(report[1..]));
}
