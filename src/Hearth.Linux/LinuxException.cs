using System.Runtime.InteropServices;

namespace Hearth.Linux;

/// <summary>A failed system call: its name, its subject and its errno.</summary>
public sealed class LinuxException : IOException
{
    public LinuxException(string call, Errno errno, string? subject = null)
        : base(Describe(call, errno, subject))
    {
        Call = call;
        Errno = errno;
        Subject = subject;
    }

    /// <summary>The system call's name, as in its manual page.</summary>
    public string Call { get; }

    /// <summary>The path, device or other object of the call; null if it has none.</summary>
    public string? Subject { get; }

    public Errno Errno { get; }

    /// <summary>Creates an exception for the errno of this thread's last call.</summary>
    public static LinuxException FromLastError(string call, string? subject = null) =>
        new(call, (Errno)Marshal.GetLastPInvokeError(), subject);

    private static string Describe(string call, Errno errno, string? subject)
    {
        string reason = $"{Marshal.GetPInvokeErrorMessage((int)errno)} ({errno})";
        return subject is null ? $"{call}: {reason}" : $"{call} '{subject}': {reason}";
    }
}
