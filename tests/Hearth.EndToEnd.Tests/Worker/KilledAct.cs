namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Something that a client wants of the daemon, which is killed meanwhile.</summary>
/// <param name="Words">Of docker's command.</param>
internal sealed record KilledAct(params string[] Words)
{
    /// <summary>What is necessary before it.</summary>
    public string[][] Before { get; init; } = [];

    /// <summary>Removes what it makes, or restores what it changes.</summary>
    public string[][] After { get; init; } = [];

    /// <summary>A question to docker's command, to which there are two answers: that of before the act, and that of after it.</summary>
    public string[] Question { get; init; } = [];

    /// <summary>The two answers; of a failed question, the empty text.</summary>
    public string[] Answers { get; init; } = [];

    /// <summary>What docker's command says if it was done already: one of these, since its releases differ.</summary>
    public string[] Done { get; init; } = [];

    /// <summary>Whether it lasts until its client leaves, or its container ends.</summary>
    public bool Lasts { get; init; }

    /// <summary>Whether the container's process is another one afterwards.</summary>
    public bool StartsAgain { get; init; }

    public override string ToString() => $"docker {string.Join(' ', Words)}";
}
