using Hearth.CommandLine;

namespace Hearth.Cli.Commands.Images;

/// <summary>docker's <c>--disable-content-trust</c>, whose default is true: signatures are not checked. To check them is refused.</summary>
internal static class ContentTrust
{
    public static Flag<bool> Create() => Flag.Switch("--disable-content-trust", "", isOn: true).Hidden();

    /// <exception cref="UsageException">Signatures are wanted.</exception>
    public static void Check(ParsedLine line, Flag<bool> flag)
    {
        if (!line.GetValue(flag))
        {
            throw new UsageException("cannot use --disable-content-trust=false: docker's content trust is not supported; give the image by its digest");
        }
    }
}
