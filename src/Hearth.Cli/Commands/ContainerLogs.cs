namespace Hearth.Cli.Commands;

/// <summary>What <c>logs</c> has to know of a container.</summary>
/// <param name="Directory">The one that its keeper writes the log in.</param>
/// <param name="Ended">Done when nothing more will be written: at once for a container that does not run.</param>
internal sealed record ContainerLogs(string Directory, Task Ended);
