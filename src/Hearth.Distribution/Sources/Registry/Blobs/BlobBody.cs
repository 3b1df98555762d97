using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Blobs;

/// <summary>A part of a blob as it arrives over one connection.</summary>
/// <param name="Answer">Owned.</param>
/// <param name="Reader">Its body, from the wanted byte on.</param>
/// <param name="Host">Who sends it.</param>
internal sealed record BlobBody(HttpResponseMessage Answer, BodyReader Reader, string Host) : IDisposable
{
    public void Dispose() => Answer.Dispose();
}
