using System.Globalization;

namespace Hearth.Containers;

/// <summary>Another restart policy for a container that exists.</summary>
/// <param name="Policy">Null for none.</param>
public sealed record RestartChange(RestartPolicy? Policy)
{
    /// <exception cref="FormatException">It is none of docker's words.</exception>
    public static RestartChange Parse(string text) => new(RestartPolicy.Parse(text));

    /// <summary>docker's words, as <see cref="Parse"/> reads them.</summary>
    public override string ToString() => Policy switch
    {
        null => "no",
        { Condition: RestartCondition.Always } => "always",
        { Condition: RestartCondition.UnlessStopped } => "unless-stopped",
        { MaximumRetries: 0 } => "on-failure",
        var policy => string.Create(CultureInfo.InvariantCulture, $"on-failure:{policy.MaximumRetries}"),
    };
}
