namespace Hearth.Control;

/// <summary>A stream that sends the written bytes as frames of a connection.</summary>
/// <param name="connection">The caller closes it.</param>
/// <param name="kind">The kind of the frames.</param>
public sealed class ArchiveFrames(ControlConnection connection, ControlFrameKind kind = ControlFrameKind.Output) : OneWayStream(canRead: false)
{
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> part = buffer[..Math.Min(buffer.Length, ControlFrame.MostDataBytes)];
            await connection.SendAsync(kind, part, cancellationToken).ConfigureAwait(false);
            buffer = buffer[part.Length..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();
}
