namespace Hearth.Firecracker;

/// <summary>What the end of a Firecracker process means: its own exit codes, and signals.</summary>
public static class FirecrackerStatus
{
    private const int ForbiddenCall = 148;

    /// <summary>Before the number of the system call, among what Firecracker writes to its standard output.</summary>
    private const string BeforeNumber = "bad syscall (";

    /// <summary>A sentence without its full stop.</summary>
    /// <param name="signal">That ended the process; 0 for none.</param>
    /// <param name="exitCode">Of the process, if no signal ended it.</param>
    /// <param name="output">The last lines of its standard output, which is the guest's console too.</param>
    public static string Describe(int signal, int exitCode, IReadOnlyList<string> output) => signal != 0
        ? $"Firecracker was killed by signal {signal}"
        : $"Firecracker ended with status {exitCode}{MeaningOf(exitCode)}{(exitCode == ForbiddenCall ? NumberOf(output) : "")}";

    /// <summary>Firecracker's line is the last; the guest may have written something like it before.</summary>
    private static string NumberOf(IReadOnlyList<string> output)
    {
        string? line = output.LastOrDefault(text => text.Contains(BeforeNumber, StringComparison.Ordinal));
        string? rest = line?[(line.LastIndexOf(BeforeNumber, StringComparison.Ordinal) + BeforeNumber.Length)..];
        string number = new([.. (rest ?? "").TakeWhile(char.IsAsciiDigit)]);
        return number.Length > 0 ? $": number {number}" : "";
    }

    private static string MeaningOf(int code) => code switch
    {
        ForbiddenCall => ", for it made a system call that its seccomp filter forbids (signal 31)",
        149 => ", for memory or a file beneath it could not be read (signal 7)",
        150 => ", for it touched memory that is not its own (signal 11)",
        151 => ", for a file grew beyond its limit (signal 25)",
        154 => ", for it used up its processor time (signal 24)",
        156 => ", for its terminal hung up (signal 1)",
        157 => ", for it ran into an illegal instruction (signal 4)",
        152 => ", for it could not use the microVM's configuration",
        153 => ", for it did not understand its arguments",
        _ => "",
    };
}
