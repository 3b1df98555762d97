
namespace Hearth.Tar;

/// <summary>An archive that could not be packed or unpacked. The message names the entry or path and is meant for users.</summary>
public sealed class ArchiveException(TarError error, string message) : Exception(message)
{
    public TarError Error { get; } = error;
}
