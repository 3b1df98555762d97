namespace Hearth.Firecracker;

/// <summary>Explains why a Firecracker process ended, from its exit code or signal.</summary>
public static class FirecrackerStatus
{
    private const int ForbiddenCall = 148;

    /// <summary>The text before the number of the system call on Firecracker's standard output.</summary>
    private const string BeforeNumber = "bad syscall (";

    /// <summary>Describes the end of a process in a sentence without a full stop.</summary>
    /// <param name="signal">The signal that ended the process; 0 for none.</param>
    /// <param name="exitCode">The exit code of the process; used if no signal ended it.</param>
    /// <param name="output">The last lines of its standard output, which is also the guest's console.</param>
    public static string Describe(int signal, int exitCode, IReadOnlyList<string> output) => signal != 0
        ? $"Firecracker was killed by signal {signal}"
        : $"Firecracker ended with status {exitCode}{MeaningOf(exitCode)}{(exitCode == ForbiddenCall ? NumberOf(output) : "")}";

    /// <summary>Uses the last matching line: the guest may have written a similar one before.</summary>
    private static string NumberOf(IReadOnlyList<string> output)
    {
        string? line = output.LastOrDefault(text => text.Contains(BeforeNumber, StringComparison.Ordinal));
        string? rest = line?[(line.LastIndexOf(BeforeNumber, StringComparison.Ordinal) + BeforeNumber.Length)..];
        string number = new([.. (rest ?? "").TakeWhile(char.IsAsciiDigit)]);
        return number.Length > 0 ? $": number {number}" : "";
    }

    private static string MeaningOf(int code) => code switch
    {
        ForbiddenCall => ": it made a system call that its seccomp filter forbids (signal 31)",
        149 => ": memory, or the file behind it, could not be read (signal 7)",
        150 => ": it accessed invalid memory (signal 11)",
        151 => ": a file grew beyond its limit (signal 25)",
        154 => ": it used up its processor time (signal 24)",
        156 => ": its terminal hung up (signal 1)",
        157 => ": it executed an illegal instruction (signal 4)",
        152 => ": it could not use the microVM's configuration",
        153 => ": it did not understand its arguments",
        _ => "",
    };
}
