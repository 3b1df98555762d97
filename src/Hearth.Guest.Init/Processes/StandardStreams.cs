using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Processes;

/// <summary>
/// Init's ends of a process's standard input, output and error: pipes, or one terminal. Until <see cref="HandOver"/> it also holds
/// the process's ends, which the launch duplicates.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    /// <summary>/dev/null for streams that were not requested. All processes share it, so it stays open.</summary>
    private static readonly SafeFileHandle nullDevice = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    private readonly List<SafeFileHandle> processEnds = [];

    private StandardStreams()
    {
    }

    /// <summary>The end for the input; null if the process reads from /dev/null.</summary>
    internal PolledDescriptor? Input { get; private set; }

    /// <summary>The end for the output; null if it goes to /dev/null.</summary>
    internal PolledDescriptor? Output { get; private set; }

    /// <summary>The end for the error output; null if it goes to /dev/null or to the terminal.</summary>
    internal PolledDescriptor? Error { get; private set; }

    /// <summary>The terminal's master side; null if there is no terminal.</summary>
    internal SafeFileHandle? Terminal { get; private set; }

    /// <summary>The process's standard input, output and error, in this order; for a terminal, only the process's side of it.</summary>
    internal IReadOnlyList<SafeFileHandle> ProcessEnds => processEnds;

    /// <summary>The terminal's path in the container; null for none.</summary>
    internal string? TerminalPath { get; private set; }

    internal static StandardStreams Create(StartProcess request, ReadinessLoop loop)
    {
        StandardStreams streams = new();
        try
        {
            if (request.Terminal)
            {
                streams.CreateTerminal(request, loop);
            }
            else
            {
                streams.CreatePipes(request, loop);
            }

            return streams;
        }
        catch
        {
            streams.Dispose();
            throw;
        }
    }

    /// <summary>Closes the process's ends after the process has its own copies, so that init notices when they are closed.</summary>
    internal void HandOver()
    {
        foreach (SafeFileHandle end in processEnds)
        {
            if (end != nullDevice)
            {
                end.Dispose();
            }
        }

        processEnds.Clear();
    }

    public void Dispose()
    {
        HandOver();
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        Terminal?.Dispose();
    }

    private void CreateTerminal(StartProcess request, ReadinessLoop loop)
    {
        Terminal = PseudoTerminals.Create(RootMounts.Container + "/dev/pts/ptmx", out int number);
        TerminalPath = $"/dev/pts/{number}";
        if (request.WindowSize is { } size)
        {
            PseudoTerminals.Resize(Terminal, new TerminalSize(size.Rows, size.Columns));
        }

        if (request.StandardInputStream != 0)
        {
            Input = PolledDescriptor.ForWriting(DescriptorIO.Duplicate(Terminal), loop);
        }

        if (request.StandardOutputStream != 0)
        {
            Output = PolledDescriptor.ForReading(DescriptorIO.Duplicate(Terminal), loop);
        }

        // Without an open process's side, the master reads as hung up; the launch opens it later.
        processEnds.Add(PseudoTerminals.Open(RootMounts.Container + TerminalPath));
    }

    private void CreatePipes(StartProcess request, ReadinessLoop loop)
    {
        if (request.StandardInputStream != 0)
        {
            (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
            processEnds.Add(reading);
            Input = PolledDescriptor.ForWriting(writing, loop);
        }
        else
        {
            processEnds.Add(nullDevice);
        }

        Output = CreateOutput(request.StandardOutputStream, loop);
        Error = CreateOutput(request.StandardErrorStream, loop);
    }

    private PolledDescriptor? CreateOutput(uint stream, ReadinessLoop loop)
    {
        if (stream == 0)
        {
            processEnds.Add(nullDevice);
            return null;
        }

        (SafeFileHandle reading, SafeFileHandle writing) = DescriptorIO.CreatePipe();
        processEnds.Add(writing);
        return PolledDescriptor.ForReading(reading, loop);
    }
}
