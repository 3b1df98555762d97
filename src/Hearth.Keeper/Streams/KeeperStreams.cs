namespace Hearth.Keeper.Streams;

/// <summary>The streams and diagnostics between a container's run and its keeper's clients.</summary>
internal sealed class KeeperStreams : IDisposable
{
    public OutputHub Hub { get; } = new();

    public InputRelay Input { get; } = new();

    public StartDiagnostics Diagnostics { get; } = new();

    public void Dispose() => Input.Dispose();
}
