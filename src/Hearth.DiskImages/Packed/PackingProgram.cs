using System.Diagnostics;
using System.Text;
using Hearth.Linux.Processes;

namespace Hearth.DiskImages.Packed;

/// <summary>A program that makes an image, run to its end; its standard error is what it says of a failure.</summary>
internal sealed class PackingProgram : IDisposable
{
    /// <summary>What a message for people has room for; the end tells why.</summary>
    private const int ComplaintCharacters = 2000;

    private readonly Process process;
    private readonly string name;
    private readonly StringBuilder errorOutput = new();
    private readonly Task reading;

    private PackingProgram(Process process, string name)
    {
        this.process = process;
        this.name = name;
        reading = Task.WhenAll(DrainAsync(process.StandardError, errorOutput), DrainAsync(process.StandardOutput, null));
    }

    internal Stream Input => process.StandardInput.BaseStream;

    /// <param name="environment">Says where programs are.</param>
    /// <param name="program">Its name in PATH.</param>
    /// <param name="package">Debian's package that has it.</param>
    /// <param name="arguments">Without its own name.</param>
    /// <exception cref="PackingException">It is not installed, or cannot be started.</exception>
    internal static PackingProgram Start(HostEnvironment environment, string program, string package, IEnumerable<string> arguments)
    {
        string path = environment.FindProgram(program) ?? throw new PackingException(
            PackingError.ProgramMissing, $"the program {program} is not there: install it (Debian: apt-get install {package})");
        ProcessStartInfo start = new(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return new PackingProgram(Process.Start(start)!, program);
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new PackingException(PackingError.ProgramFailed, $"cannot start {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="PackingException">It did not succeed.</exception>
    internal async Task WaitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        if (process.ExitCode == 0)
        {
            return;
        }

        string said = string.Join("; ", errorOutput.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        PackingError error = said.Contains("No space left", StringComparison.Ordinal) || said.Contains("Could not allocate block", StringComparison.Ordinal)
            ? PackingError.StorageFailed
            : PackingError.ProgramFailed;
        string how = process.ExitCode > 128 ? $"was ended by signal {process.ExitCode - 128}" : $"failed with status {process.ExitCode}";
        throw new PackingException(error, said.Length == 0 ? $"{name} {how}" : $"{name} {how}: {said}");
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
    }

    private static async Task DrainAsync(StreamReader from, StringBuilder? to)
    {
        char[] buffer = new char[4096];
        while (await from.ReadAsync(buffer).ConfigureAwait(false) is > 0 and int count)
        {
            to?.Append(buffer, 0, count);
            if (to?.Length > ComplaintCharacters)
            {
                to.Remove(0, to.Length - ComplaintCharacters);
            }
        }
    }
}
