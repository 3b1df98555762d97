using Hearth.Linux.Descriptors;
using Hearth.Linux.Mounts;
using Hearth.Machines.Console;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// A log file of limited size for Firecracker, so that it cannot fill the disk. Firecracker writes to a pipe, which it opens by
/// the path of an inherited descriptor. This class copies the output to the file and keeps only the newest part.
/// </summary>
internal sealed class LogPipe : IDisposable
{
    private const int BufferBytes = 16 << 10;

    private readonly ConsoleLog file;
    private readonly SafeFileHandle reading;

    private LogPipe(ConsoleLog file, SafeFileHandle reading, SafeFileHandle writing)
    {
        this.file = file;
        this.reading = reading;
        Theirs = writing;
    }

    /// <summary>Firecracker's end of the pipe; this program closes it once Firecracker has inherited it.</summary>
    internal SafeFileHandle Theirs { get; }

    /// <summary>The path of this end for Firecracker, which inherits it under the same number.</summary>
    internal string Path => RootedPaths.NameOf(Theirs);

    /// <param name="path">The file to create or overwrite; null for none.</param>
    /// <param name="limitInBytes">The largest size of the file.</param>
    /// <returns>The pipe; null without a path.</returns>
    /// <exception cref="MachineException">The file cannot be written.</exception>
    internal static LogPipe? Open(string? path, int limitInBytes)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            ConsoleLog file = new(path, limitInBytes);
            (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
            return new LogPipe(file, reading, writing);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"cannot write Firecracker's log {path}: {failure.Message}", failure);
        }
    }

    /// <summary>Copies until Firecracker ends, on a thread of its own, since reads from a pipe block.</summary>
    internal Task CarryAsync() => Task.Factory.StartNew(Carry, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public void Dispose()
    {
        file.Dispose();
        reading.Dispose();
        Theirs.Dispose();
    }

    private void Carry()
    {
        Span<byte> buffer = new byte[BufferBytes];
        while (DescriptorIO.Read(reading, buffer) is > 0 and int count)
        {
            file.Append(buffer[..count]);
        }
    }
}
