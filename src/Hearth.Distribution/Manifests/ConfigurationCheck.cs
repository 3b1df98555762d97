namespace Hearth.Distribution.Manifests;

/// <summary>
/// What the JSON of a configuration can have and nobody can use: null in a list, and texts with the character NUL, which ends
/// names and variables in Linux.
/// </summary>
internal static class ConfigurationCheck
{
    /// <returns>What is wrong; null if nothing is.</returns>
    public static string? FindFault(ImageConfiguration configuration)
    {
        ProcessConfiguration process = configuration.Config ?? new ProcessConfiguration();
        IEnumerable<string?>[] lists =
        [
            process.Env ?? [], process.Entrypoint ?? [], process.Cmd ?? [], process.Shell ?? [], process.OnBuild ?? [], process.Healthcheck?.Test ?? [],
            process.Labels?.Values ?? [], process.Labels?.Keys ?? [], process.Volumes?.Keys ?? [], process.ExposedPorts?.Keys ?? [], configuration.Rootfs?.DiffIds ?? [],
            [process.User ?? "", process.WorkingDirectory ?? "", process.StopSignal ?? ""],
        ];
        return lists.Any(list => list.Any(text => text is null)) || configuration.History?.Any(step => step is null) == true ? "a list has null"
            : lists.Any(list => list.Any(text => text!.Contains('\0', StringComparison.Ordinal))) ? "a text has the character NUL"
            : null;
    }
}
