using Hearth.Linux.Descriptors;
using Hearth.Linux.Mounts;
using Hearth.Machines.Console;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// A file that Firecracker writes and cannot fill the disk with: it is given a pipe by the name of an inherited descriptor,
/// and what comes out goes to the file, of which only the newest part is kept.
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

    /// <summary>Firecracker's end; closed here once Firecracker has it.</summary>
    internal SafeFileHandle Theirs { get; }

    /// <summary>The end's name for Firecracker, which has it under the same number.</summary>
    internal string Path => RootedPaths.NameOf(Theirs);

    /// <param name="path">The file to write anew; null for none.</param>
    /// <param name="limitInBytes">What it may hold.</param>
    /// <returns>Null without a path.</returns>
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
            throw new MachineException(MachineError.InvalidConfiguration, $"Firecracker's log {path} cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>Carries until Firecracker is gone, on a thread of its own: reads of a pipe block.</summary>
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
