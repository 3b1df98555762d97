using Hearth.Fuse.Protocol;

namespace Hearth.Fuse.Serving;

/// <summary>A read that no process waits for any more: where to answer its request, and what cancels it.</summary>
internal readonly record struct InterruptedRead(IReplySink Sink, CancellationTokenSource Cancellation);
