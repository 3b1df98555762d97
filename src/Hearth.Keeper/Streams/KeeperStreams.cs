namespace Hearth.Keeper.Streams;

/// <summary>What goes between a container's process and its keeper's clients.</summary>
internal sealed class KeeperStreams : IDisposable
{
    public OutputHub Hub { get; } = new();

    public InputRelay Input { get; } = new();

    public StartDiagnostics Diagnostics { get; } = new();

    public void Dispose() => Input.Dispose();
}
