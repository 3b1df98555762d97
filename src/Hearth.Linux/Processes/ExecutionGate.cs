using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>Holds a child right before its execve(2) until this program lets it go on. One thread's at a time.</summary>
public sealed class ExecutionGate : IDisposable
{
    private readonly SafeFileHandle reached;
    private readonly SafeFileHandle open;

    public ExecutionGate()
    {
        (reached, Reaching) = DescriptorIO.CreatePipe();
        (Opening, open) = DescriptorIO.CreatePipe();
    }

    /// <summary>The child writes a byte here when it has come to the gate, and closes it by its end.</summary>
    internal SafeFileHandle Reaching { get; }

    /// <summary>The child goes on when it reads a byte here.</summary>
    internal SafeFileHandle Opening { get; }

    /// <summary>Waits, by the calling thread, until the started child has come to the gate or has ended.</summary>
    /// <returns>False where it has ended before.</returns>
    public bool WaitUntilReached()
    {
        Reaching.Dispose();
        Opening.Dispose();
        return DescriptorIO.Read(reached, stackalloc byte[1]) > 0;
    }

    /// <summary>Lets the child go on; nothing happens where it has ended.</summary>
    public void Open() => DescriptorIO.TryWrite(open, "+"u8, out _);

    public void Dispose()
    {
        reached.Dispose();
        open.Dispose();
        Reaching.Dispose();
        Opening.Dispose();
    }
}
