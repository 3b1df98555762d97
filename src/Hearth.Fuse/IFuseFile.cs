namespace Hearth.Fuse;

/// <summary>
/// A read-only file that a session serves. Its bytes never change, so the kernel may keep what it has read. The session
/// calls <see cref="ReadAsync"/> from several threads at once and does not dispose of the file.
/// </summary>
public interface IFuseFile
{
    /// <summary>One path component: not empty, no slash, no NUL, at most 255 bytes in UTF-8, unique in its session.</summary>
    string Name { get; }

    /// <summary>Length in bytes; constant.</summary>
    long Length { get; }

    /// <summary>
    /// Fills the destination from the offset on. A read that has its bytes at hand completes before it returns, and need
    /// not allocate. One that has to wait returns at once and completes later: it then keeps no other request waiting.
    /// </summary>
    /// <param name="offset">In bytes, at least 0 and below <see cref="Length"/>.</param>
    /// <param name="destination">Never reaches past the end of the file. The session's own: not to be touched after completion.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the bytes any more.</param>
    /// <returns>The destination's length. Less, or an exception, is answered with EIO, counted and kept as a fault.</returns>
    ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
