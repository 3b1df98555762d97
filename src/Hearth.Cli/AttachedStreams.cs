namespace Hearth.Cli;

/// <summary>The caller's standard streams that a process in a container shares.</summary>
[Flags]
internal enum AttachedStreams
{
    None = 0,
    Input = 1,
    Output = 2,
    Error = 4,
    All = Input | Output | Error,
}
