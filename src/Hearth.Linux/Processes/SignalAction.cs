namespace Hearth.Linux.Processes;

/// <summary>struct sigaction as the kernel has it on x86-64 and arm64 (rt_sigaction): 32 bytes.</summary>
internal struct SignalAction
{
    /// <summary>The handler's address; 0 for the default, 1 for ignoring.</summary>
    internal nint Handler;
    internal ulong Flags;
    internal nint Restorer;
    internal ulong Mask;
}
