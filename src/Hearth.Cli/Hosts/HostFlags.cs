using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Remote;

namespace Hearth.Cli.Hosts;

/// <summary>
/// The flags that say on which host a command works. What decides, in this order: <c>--host</c> or <c>--context</c>, <c>--state-dir</c>
/// or <c>--run-dir</c> (this host), the environment, the current context.
/// </summary>
internal sealed class HostFlags
{
    public const string HostVariable = "HEARTH_HOST";
    public const string ContextVariable = "HEARTH_CONTEXT";

    private readonly Flag<string?> host = Flag.Text("--host", "URL", $"URL of another host's hearthd: unix:///PATH, tcp://HOST:PORT or\nhttps://HOST:PORT (default this host, or ${HostVariable})").Inherited();
    private readonly Flag<string?> context = Flag.Text("--context", "CONTEXT", $"host by the name of its context; 'default' is this one (default\nthe current one, or ${ContextVariable})").Inherited();
    private readonly Flag<string?> authority = Flag.Text("--tls-ca", "FILE", "who signed the host's certificate (PEM; default: this host's\nauthorities)").Inherited();
    private readonly Flag<string?> certificate = Flag.Text("--tls-cert", "FILE", "certificate that the host trusts (PEM)").Inherited();
    private readonly Flag<string?> key = Flag.Text("--tls-key", "FILE", "its key (PEM)").Inherited();
    private readonly Flag<string?> token = Flag.Text("--token-file", "FILE", "the host's token").Inherited();

    public Flag[] All => [host, context, authority, certificate, key, token];

    private Flag[] Keys => [authority, certificate, key, token];

    /// <summary>How the host is reached that a command works on; null for this one.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="find">Finds a variable of the environment.</param>
    /// <param name="isHere">Whether flags name directories of this host.</param>
    /// <exception cref="UsageException">Flags contradict each other.</exception>
    /// <exception cref="HearthException">A value cannot be used, or there is no such context.</exception>
    public HostAccess? Find(ParsedLine line, Func<string, string?> find, bool isHere)
    {
        string? url = NotEmpty(line.GetValue(host));
        string? name = NotEmpty(line.GetValue(context));
        if (url is not null && name is not null)
        {
            throw new UsageException("--host and --context cannot be given together: both name a host");
        }

        if (isHere && (url ?? name) is not (null or ContextStore.DefaultName))
        {
            throw new UsageException($"--state-dir and --run-dir cannot be given with {(url is null ? "--context" : "--host")}: they are directories of this host");
        }

        if (url is null && name is null && !isHere && NotEmpty(find(HostVariable)) is { } usual)
        {
            url = usual;
        }

        if (url is null && Keys.FirstOrDefault(line.IsGiven) is { } lonely)
        {
            throw new UsageException($"{lonely.Name} needs --host: it says how that host is reached");
        }

        return url is not null ? Read(line, url) : isHere ? null : ContextStore.Of(find).FindAccess(name ?? NotEmpty(find(ContextVariable)));
    }

    /// <summary>The context that a flag or the environment chooses; null for the current one.</summary>
    public string? FindContext(ParsedLine line, Func<string, string?> find) => NotEmpty(line.GetValue(context)) ?? NotEmpty(find(ContextVariable));

    /// <summary>The variable that precedes the current context; null if none is set.</summary>
    public static string? FindOverride(Func<string, string?> find) => Array.Find([HostVariable, ContextVariable], name => NotEmpty(find(name)) is not null);

    /// <summary>How a new context's host is reached.</summary>
    /// <exception cref="UsageException">No host is given.</exception>
    public HostAccess Require(ParsedLine line) => Read(line, NotEmpty(line.GetValue(host)) ?? throw new UsageException("--host is missing: the URL of the context's host"));

    /// <summary>How the host at a URL is reached.</summary>
    /// <exception cref="HearthException">A value cannot be used.</exception>
    public HostAccess Read(ParsedLine line, string url) => new HostAccess(HostAddress.Parse(url))
    {
        Authority = ReadFile(line, authority),
        Certificate = ReadFile(line, certificate),
        Key = ReadFile(line, key),
        Token = ReadFile(line, token)?.Trim(),
    }.Checked();

    private static string? ReadFile(ParsedLine line, Flag<string?> flag)
    {
        try
        {
            return NotEmpty(line.GetValue(flag)) is { } path ? File.ReadAllText(path) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot read the file of {flag.Name}: {exception.Message}", exception);
        }
    }

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
