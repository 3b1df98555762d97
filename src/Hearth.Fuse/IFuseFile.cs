namespace Hearth.Fuse;

/// <summary>
/// A read-only file that a session serves. Its bytes never change, so the kernel may cache them. The session calls
/// <see cref="ReadAsync"/> from several threads at the same time and does not dispose of the file.
/// </summary>
public interface IFuseFile
{
    /// <summary>One path component: not empty, no slash, no NUL, at most 255 bytes in UTF-8, unique in its session.</summary>
    string Name { get; }

    /// <summary>Length in bytes; constant.</summary>
    long Length { get; }

    /// <summary>
    /// Fills the destination with bytes from the offset. A read whose bytes are available completes synchronously and need
    /// not allocate. A read that has to wait returns immediately and completes later, so it does not block other requests.
    /// </summary>
    /// <param name="offset">In bytes, at least 0 and below <see cref="Length"/>.</param>
    /// <param name="destination">
    /// Never extends past the end of the file. The session owns it; do not touch it after completion.
    /// </param>
    /// <param name="cancellationToken">Cancelled when no process waits for the bytes any more.</param>
    /// <returns>The destination's length. A smaller number or an exception is answered with EIO and recorded as a fault.</returns>
    ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
