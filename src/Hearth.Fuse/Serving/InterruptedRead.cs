using Hearth.Fuse.Protocol;

namespace Hearth.Fuse.Serving;

/// <summary>A read that nobody waits for any more: where its request is to be answered, and what cancels it.</summary>
internal readonly record struct InterruptedRead(IReplySink Sink, CancellationTokenSource Cancellation);
