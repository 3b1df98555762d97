namespace Hearth.Distribution.Sources.Local;

/// <summary>Bytes of a local image, whose failures are those of the image, and not of what they are copied to.</summary>
/// <param name="name">The image or archive, for messages.</param>
/// <param name="inner">It is closed with this one.</param>
internal sealed class LocalStream(string name, Stream inner) : ForwardStream
{
    /// <exception cref="ImageException">The files cannot be read.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalReading.Failure(name, exception);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
