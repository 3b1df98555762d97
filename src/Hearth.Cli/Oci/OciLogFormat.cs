namespace Hearth.Cli.Oci;

/// <summary>How the lines of <c>--log</c> are written.</summary>
internal enum OciLogFormat
{
    Text,
    Json,
}
