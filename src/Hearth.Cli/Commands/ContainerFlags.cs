using System.Globalization;
using Hearth.Cli.Values;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c> and <c>create</c> for a container's life; docker's names.</summary>
internal sealed class ContainerFlags
{
    public Flag<bool> Detach { get; } = Flag.Switch("--detach", "run in the background and print the container's id", "-d");

    public Flag<string?> DetachKeys { get; } = CommonFlags.DetachKeys();

    public Flag<bool> SignalProxy { get; } = CommonFlags.SignalProxy();

    private readonly Flag<bool> remove = Flag.Switch("--rm", "remove the container when its command exits");

    private readonly Flag<string?> name = Flag.Text("--name", "NAME", "name of the container (default: generated)");

    private readonly Flag<string?> idFile = Flag.Text("--cidfile", "FILE", "write the container's id to a file that does not exist yet");

    private readonly Flag<string[]> labels = Flag.List("--label", "NAME[=VALUE]", "set a label", "-l");

    private readonly Flag<string[]> labelFiles = Flag.List("--label-file", "FILE", "read labels from a file, one NAME=VALUE a line");

    private readonly Flag<string?> stopSignal = Flag.Text("--stop-signal", "SIGNAL", "signal that 'hearth stop' sends first (default SIGTERM)");

    private readonly Flag<string?> stopTimeout = Flag.Text("--stop-timeout", "SECONDS",
        $"seconds that 'hearth stop' waits before SIGKILL (default {ContainerDescription.DefaultStopTimeoutSeconds})");

    private readonly Flag<string?> restart = Flag.Text("--restart", "POLICY",
        "whether hearthd starts the container again when it has ended:\nno, always, unless-stopped or on-failure[:RETRIES] (default no)");

    private readonly LogFlags log = new();

    public HealthFlags Health { get; } = new();

    public Flag[] OfCreate => [name, remove, idFile, labels, labelFiles, stopSignal, stopTimeout, restart, log.LogOption];

    public Flag[] OfRun => [Detach, .. OfCreate, DetachKeys, SignalProxy];

    /// <summary>Adds to a description what the flags say.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="description">What is to run.</param>
    /// <param name="bundleId">The name from the argument ID of a bundle, or null.</param>
    /// <exception cref="UsageException">A value is invalid.</exception>
    public ContainerDescription Apply(ParsedLine line, ContainerDescription description, string? bundleId)
    {
        try
        {
            RestartPolicy? policy = RestartPolicy.Parse(line.GetValue(restart) ?? "no");
            if (policy is not null && line.GetValue(remove))
            {
                throw new UsageException("cannot use --restart with --rm: a container that is removed is not started again");
            }

            ContainerDescription named = (line.GetValue(name) ?? bundleId) is { } given ? description.WithName(given) : description;
            return named with
            {
                AutoRemove = line.GetValue(remove),
                Labels = Pairs([.. line.GetValue(labelFiles).SelectMany(file => LineFile.Read(file, "label", "label")), .. line.GetValue(labels)]),
                StopSignal = line.GetValue(stopSignal) is { } signal ? SignalNames.Parse(signal) : Linux.Processes.SignalNumber.Terminate,
                StopTimeoutSeconds = line.GetValue(stopTimeout) is { } seconds ? ParseSeconds(seconds) : ContainerDescription.DefaultStopTimeoutSeconds,
                Restart = policy,
                Log = log.Read(line),
                Health = Health.Read(line),
            };
        }
        catch (FormatException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    public bool HasStopSignal(ParsedLine line) => line.GetValue(stopSignal) is not null;

    public bool HasStopTimeout(ParsedLine line) => line.GetValue(stopTimeout) is not null;

    /// <exception cref="UsageException">The value names no keys.</exception>
    public string ReadDetachKeys(ParsedLine line) => CommonFlags.ReadDetachKeys(line, DetachKeys);

    /// <exception cref="HearthException">The file exists, or cannot be written.</exception>
    public void WriteIdFile(ParsedLine line, string id)
    {
        if (line.GetValue(idFile) is not { } file)
        {
            return;
        }

        try
        {
            using StreamWriter writer = new(new FileStream(file, FileMode.CreateNew, FileAccess.Write));
            writer.Write(id);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write the container's id to '{file}': {exception.Message}", exception);
        }
    }

    internal static int ParseSeconds(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seconds)
        ? seconds
        : throw new FormatException($"'{text}' is not a number of seconds");

    internal static int ParseCount(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count)
        ? count
        : throw new FormatException($"'{text}' is not a number of containers");

    internal static Dictionary<string, string> Pairs(IEnumerable<string> texts)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            string[] parts = text.Split('=', 2);
            if (parts[0].Length == 0)
            {
                throw new FormatException($"'{text}' is not NAME[=VALUE]");
            }

            pairs[parts[0]] = parts.Length == 2 ? parts[1] : "";
        }

        return pairs;
    }
}
