using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>Stops a child directly before its execve(2) until this program lets it continue. Not thread-safe.</summary>
public sealed class ExecutionGate : IDisposable
{
    private readonly SafeFileHandle reached;
    private readonly SafeFileHandle open;

    public ExecutionGate()
    {
        (reached, Reaching) = DescriptorIO.CreatePipe();
        (Opening, open) = DescriptorIO.CreatePipe();
    }

    /// <summary>The child writes a byte here when it reaches the gate; its end closes the pipe.</summary>
    internal SafeFileHandle Reaching { get; }

    /// <summary>The child continues when it reads a byte here.</summary>
    internal SafeFileHandle Opening { get; }

    /// <summary>Blocks the calling thread until the started child has reached the gate or has ended.</summary>
    /// <returns>False if the child ended before reaching the gate.</returns>
    public bool WaitUntilReached()
    {
        Reaching.Dispose();
        Opening.Dispose();
        return DescriptorIO.Read(reached, stackalloc byte[1]) > 0;
    }

    /// <summary>Lets the child continue; has no effect if it has ended.</summary>
    public void Open() => DescriptorIO.TryWrite(open, "+"u8, out _);

    public void Dispose()
    {
        reached.Dispose();
        open.Dispose();
        Reaching.Dispose();
        Opening.Dispose();
    }
}
