using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>hearthd at a TCP port of loopback, as browsers and Prometheus need it.</summary>
internal static class RemoteDaemon
{
    public const string Token = "a-token-of-the-tests-0123456789";

    public static string TokenFileOf(Sandbox sandbox) => sandbox.PathOf("token");

    public static Daemon Start(Sandbox sandbox)
    {
        File.WriteAllText(TokenFileOf(sandbox), Token);
        return new Daemon(sandbox, "--listen", "http://127.0.0.1:0", "--token-file", TokenFileOf(sandbox));
    }

    /// <summary>HOST:PORT.</summary>
    public static string HostOf(Daemon daemon) => new Uri(daemon.FindAddress("http://127.0.0.1:")).Authority;
}
