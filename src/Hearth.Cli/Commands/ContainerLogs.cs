namespace Hearth.Cli.Commands;

/// <summary>What <c>logs</c> needs of a container.</summary>
/// <param name="Directory">The directory in which its keeper writes the log.</param>
/// <param name="Ended">Completes when nothing more will be written: at once for a stopped container.</param>
internal sealed record ContainerLogs(string Directory, Task Ended);
