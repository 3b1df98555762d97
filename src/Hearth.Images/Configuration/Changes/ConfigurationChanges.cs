using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Linux.Processes;

namespace Hearth.Images.Configuration.Changes;

/// <summary>
/// Changes of an image's defaults, written as instructions of a Dockerfile: what <c>--change</c> of docker's import and commit
/// takes (Dockerfile reference: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR).
/// </summary>
internal static class ConfigurationChanges
{
    private const string Known = "CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR";

    /// <summary>Instructions that a trigger cannot have (Dockerfile reference, ONBUILD).</summary>
    private static readonly string[] refusedTriggers = ["ONBUILD", "FROM", "MAINTAINER"];

    /// <summary>Applies changes in their order. Names of variables are expanded by those of the configuration so far.</summary>
    /// <param name="configuration">The defaults before.</param>
    /// <param name="changes">Each with one instruction or several lines of them; a backslash at a line's end continues it.</param>
    /// <exception cref="ImageException">An instruction is unknown or malformed.</exception>
    public static ProcessConfiguration Apply(ProcessConfiguration configuration, IEnumerable<string> changes)
    {
        bool hasCommand = false;
        foreach (string line in changes.SelectMany(SplitLines))
        {
            string[] parts = line.Split((char[]?)null, 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            Instruction instruction = new(line, parts[0].ToUpperInvariant(), parts.ElementAtOrDefault(1) ?? "");
            ProcessConfiguration changed = Apply(configuration, instruction);

            // An entrypoint does not suit the command of before, unless the same changes gave it.
            configuration = instruction.Name == "ENTRYPOINT" && !hasCommand ? changed with { Cmd = null } : changed;
            hasCommand |= instruction.Name == "CMD";
        }

        return configuration;
    }

    private static ProcessConfiguration Apply(ProcessConfiguration configuration, Instruction instruction)
    {
        if (instruction.Text.Length == 0)
        {
            throw instruction.Wrong(IsKnown(instruction.Name) ? $"{instruction.Name} needs a value" : $"'{instruction.Name}' is no instruction; there are {Known}");
        }

        ShellWords words = new(instruction, configuration.Env ?? []);
        return instruction.Name switch
        {
            "CMD" => configuration with { Cmd = CommandOf(instruction, configuration) },
            "ENTRYPOINT" => configuration with { Entrypoint = CommandOf(instruction, configuration) },
            "ENV" => configuration with { Env = Join(configuration.Env ?? [], words.SplitPairs()) },
            "EXPOSE" => configuration with { ExposedPorts = Join(configuration.ExposedPorts, words.Split().SelectMany(word => ExposedPort.Parse(word, instruction))) },
            "HEALTHCHECK" => configuration with { Healthcheck = HealthInstruction.Parse(instruction) },
            "LABEL" => configuration with { Labels = Join(configuration.Labels, words.SplitPairs()) },
            "ONBUILD" => configuration with { OnBuild = [.. configuration.OnBuild ?? [], CheckTrigger(instruction)] },
            "STOPSIGNAL" => configuration with { StopSignal = CheckSignal(words.One(), instruction) },
            "USER" => configuration with { User = words.One() },
            "VOLUME" => configuration with { Volumes = Join(configuration.Volumes, (instruction.TryReadArray() ?? words.Split()).Select(path => CheckVolume(path, instruction))) },
            "WORKDIR" => configuration with { WorkingDirectory = Path.GetFullPath(words.Whole(), string.IsNullOrEmpty(configuration.WorkingDirectory) ? "/" : Path.GetFullPath(configuration.WorkingDirectory, "/")) },
            _ => throw instruction.Wrong($"'{instruction.Name}' is no instruction; there are {Known}"),
        };
    }

    private static bool IsKnown(string name) => Known.Split([", ", " and "], StringSplitOptions.None).Contains(name);

    /// <summary>The lines of a change, with those that continue joined; without comments.</summary>
    private static IEnumerable<string> SplitLines(string change) => change
        .ReplaceLineEndings("\n")
        .Replace("\\\n", "", StringComparison.Ordinal)
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith('#'));

    /// <summary>Words of a JSON array; other text goes to a shell.</summary>
    private static string[] CommandOf(Instruction instruction, ProcessConfiguration configuration) =>
        instruction.TryReadArray() ?? [.. configuration.Shell ?? ["/bin/sh", "-c"], instruction.Text];

    private static string[] Join(IReadOnlyList<string> variables, IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        List<string> joined = [.. variables];
        foreach ((string name, string value) in pairs)
        {
            int known = joined.FindIndex(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal));
            if (known >= 0)
            {
                joined[known] = $"{name}={value}";
            }
            else
            {
                joined.Add($"{name}={value}");
            }
        }

        return [.. joined];
    }

    private static Dictionary<string, string> Join(IReadOnlyDictionary<string, string>? labels, IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        Dictionary<string, string> joined = new(labels ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string name, string value) in pairs)
        {
            joined[name] = value;
        }

        return joined;
    }

    private static Dictionary<string, EmptyObject> Join(IReadOnlyDictionary<string, EmptyObject>? set, IEnumerable<string> names)
    {
        Dictionary<string, EmptyObject> joined = new(set ?? new Dictionary<string, EmptyObject>(), StringComparer.Ordinal);
        foreach (string name in names)
        {
            joined[name] = new EmptyObject();
        }

        return joined;
    }

    private static string CheckTrigger(Instruction instruction)
    {
        string name = instruction.Text.Split((char[]?)null, 2)[0].ToUpperInvariant();
        return refusedTriggers.Contains(name) ? throw instruction.Wrong($"{name} cannot be a trigger") : instruction.Text;
    }

    private static string CheckSignal(string text, Instruction instruction)
    {
        try
        {
            _ = SignalNames.Parse(text);
            return text;
        }
        catch (FormatException exception)
        {
            throw instruction.Wrong(exception.Message);
        }
    }

    private static string CheckVolume(string path, Instruction instruction) =>
        path.Trim().Length > 0 ? path.Trim() : throw instruction.Wrong("a path is empty");
}
