namespace Hearth.Machines.Tests.Support;

/// <summary>How long tests wait for what has to happen; generous, since it only tells a hang from a busy machine.</summary>
internal static class Deadlines
{
    /// <summary>For a guest to boot or to answer: emulated, on processors that others use as well.</summary>
    internal static readonly TimeSpan Guest = TimeSpan.FromMinutes(2);

    /// <summary>For the kernel to take away a process that was killed.</summary>
    internal static readonly TimeSpan Death = TimeSpan.FromSeconds(20);

    /// <summary>How long to look for what must not happen.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(400);
}
