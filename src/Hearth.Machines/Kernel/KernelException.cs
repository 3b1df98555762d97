namespace Hearth.Machines.Kernel;

/// <summary>A kernel could not be imported, found or read; the message names the file and the cause.</summary>
public sealed class KernelException(KernelError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public KernelError Error { get; } = error;
}
