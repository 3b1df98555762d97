using Hearth.Containers;
using Hearth.Control;

namespace Hearth.Keeper.Parts.Root;

/// <summary>Writes to another stream, up to a number of bytes.</summary>
internal sealed class BoundedStream(Stream target, long mostBytes) : OneWayStream(canRead: false)
{
    private long written;

    /// <exception cref="IOException">Too much was written, or the target failed.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        written += buffer.Length;
        if (written > mostBytes)
        {
            throw new IOException($"they have more than {new ByteSize(mostBytes)}, the limit for a machine of this size; use --scratch");
        }

        await target.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();
}
