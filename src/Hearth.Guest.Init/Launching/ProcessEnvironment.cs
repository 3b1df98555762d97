namespace Hearth.Guest.Init.Launching;

/// <summary>A process's environment: the requested variables, and docker's defaults for the others.</summary>
internal static class ProcessEnvironment
{
    internal const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Composes the environment. The last value of a name wins; the order is kept.</summary>
    internal static List<string> Compose(IReadOnlyList<string> asked, string hostname, string home, bool hasTerminal)
    {
        List<string> composed = [];
        foreach (string variable in asked)
        {
            Set(composed, variable);
        }

        AddDefault(composed, "PATH", DefaultPath);
        AddDefault(composed, "HOSTNAME", hostname);
        AddDefault(composed, "HOME", home);
        if (hasTerminal)
        {
            AddDefault(composed, "TERM", "xterm");
        }

        return composed;
    }

    /// <summary>Returns the value of a name; null if it is not set.</summary>
    internal static string? Find(List<string> environment, string name)
    {
        string prefix = name + "=";
        return environment.FindLast(variable => variable.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
    }

    private static void Set(List<string> composed, string variable)
    {
        string prefix = variable[..(variable.IndexOf('=', StringComparison.Ordinal) + 1)];
        int index = prefix.Length == 0 ? -1 : composed.FindIndex(known => known.StartsWith(prefix, StringComparison.Ordinal));
        if (index < 0)
        {
            composed.Add(variable);
        }
        else
        {
            composed[index] = variable;
        }
    }

    private static void AddDefault(List<string> composed, string name, string value)
    {
        if (Find(composed, name) is null)
        {
            composed.Add($"{name}={value}");
        }
    }
}
