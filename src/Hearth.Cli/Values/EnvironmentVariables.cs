namespace Hearth.Cli.Values;

/// <summary>
/// The workload's environment from <c>--env</c> and <c>--env-file</c>, by docker's rules: a name without a value takes the
/// caller's, and is omitted if the caller has none; of several with one name the last counts; files come first.
/// </summary>
internal static class EnvironmentVariables
{
    /// <param name="defaults">NAME=VALUE each; everything else overrides them.</param>
    /// <param name="files">Paths as given.</param>
    /// <param name="given">Values of <c>--env</c>.</param>
    /// <param name="caller">Looks up a variable of the caller's own environment.</param>
    /// <exception cref="FormatException">A file cannot be read, or a line names no variable.</exception>
    public static IReadOnlyList<string> Collect(
        IEnumerable<string> defaults, IEnumerable<string> files, IEnumerable<string> given, Func<string, string?> caller)
    {
        var order = new List<string>();
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in defaults.Concat(files.SelectMany(file => LineFile.Read(file, "environment", "variable"))).Concat(given.Select(CheckedName)))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? line : line[..equals];
            string? value = equals < 0 ? caller(name) : line[(equals + 1)..];
            if (value is null)
            {
                continue;
            }

            if (!values.ContainsKey(name))
            {
                order.Add(name);
            }

            values[name] = value;
        }

        return [.. order.Select(name => $"{name}={values[name]}")];
    }

    private static string CheckedName(string variable) => variable.Length == 0 || variable[0] == '='
        ? throw new FormatException($"invalid environment variable: {variable}")
        : variable;
}
