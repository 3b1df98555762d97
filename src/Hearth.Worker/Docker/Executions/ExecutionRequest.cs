using System.Text.Json.Serialization;
using Hearth.Worker.Docker.Containers;

namespace Hearth.Worker.Docker.Executions;

/// <summary>docker's description of an additional process.</summary>
internal sealed record ExecutionRequest
{
    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; }

    public bool AttachStderr { get; init; }

    public string? DetachKeys { get; init; }

    public bool Tty { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    [JsonConverter(typeof(WordsConverter))]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>A process has all capabilities of the machine anyway.</summary>
    public bool Privileged { get; init; }

    /// <summary>Height and width of the terminal at the start.</summary>
    public IReadOnlyList<int>? ConsoleSize { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }
}

/// <param name="Detach">Whether to answer at once.</param>
/// <param name="Tty">Whether the output has no frames.</param>
/// <param name="ConsoleSize">As in <see cref="ExecutionRequest.ConsoleSize"/>, which it precedes.</param>
internal sealed record ExecutionStart(bool Detach, bool Tty, IReadOnlyList<int>? ConsoleSize);

internal sealed record ExecutionCreated(string Id);

/// <summary>docker's <c>GET /exec/{id}/json</c>.</summary>
internal sealed record ExecutionDetails
{
    public required string ID { get; init; }

    public required bool Running { get; init; }

    /// <summary>Null while the process runs, as docker's clients expect.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int? ExitCode { get; init; }

    public required ExecutionProcess ProcessConfig { get; init; }

    public required bool OpenStdin { get; init; }

    public required bool OpenStderr { get; init; }

    public required bool OpenStdout { get; init; }

    public bool CanRemove { get; init; }

    public required string ContainerID { get; init; }

    /// <summary>Not known on the host: the process is the guest's.</summary>
    public int Pid { get; init; }

    public static ExecutionDetails Of(Execution execution) => new()
    {
        ID = execution.Id,
        Running = execution.IsRunning,
        ExitCode = execution.ExitCode,
        ProcessConfig = new ExecutionProcess(execution.Request.Tty, execution.Process.Args[0], [.. execution.Process.Args.Skip(1)], execution.Request.Privileged, execution.Request.User ?? ""),
        OpenStdin = execution.Request.AttachStdin,
        OpenStdout = execution.Request.AttachStdout,
        OpenStderr = execution.Request.AttachStderr,
        ContainerID = execution.Container,
    };
}

internal sealed record ExecutionProcess(
    [property: JsonPropertyName("tty")] bool Tty, [property: JsonPropertyName("entrypoint")] string Entrypoint, [property: JsonPropertyName("arguments")] IReadOnlyList<string> Arguments,
    [property: JsonPropertyName("privileged")] bool Privileged, [property: JsonPropertyName("user")] string User);
