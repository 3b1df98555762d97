
namespace Hearth.Tar;

/// <summary>Why a copy did not come to its end, for the one who asked; the message names the entry or path.</summary>
public sealed class ArchiveException(TarError error, string message) : Exception(message)
{
    public TarError Error { get; } = error;
}
