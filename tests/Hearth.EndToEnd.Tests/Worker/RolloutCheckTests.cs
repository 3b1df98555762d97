using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary><c>hearth worker rollout-check</c> with two workers.</summary>
public sealed class RolloutCheckTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Two_workers_are_read_each_by_its_address_and_without_enough_starts_the_word_is_wait()
    {
        string token = sandbox.PathOf("token"), keys = sandbox.PathOf("keys");
        File.WriteAllText(token, "0123456789abcdef\n");
        TestCertificates.Make(keys);
        using Sandbox other = new();
        using Daemon old = new(sandbox, "--listen", "http://127.0.0.1:0", "--token-file", token);
        using Daemon @new = new(other, "--listen", "https://127.0.0.1:0", "--tls-cert", $"{keys}/server-cert.pem", "--tls-key", $"{keys}/server-key.pem", "--tls-client-ca", $"{keys}/ca.pem");
        string plain = old.FindAddress("http://127.0.0.1:").TrimEnd('/'), secure = @new.FindAddress("https://127.0.0.1:").TrimEnd('/');
        string[] check = ["worker", "rollout-check", "--window", "1s", "--old"];

        CommandResult result = sandbox.RunExpecting(1, [.. check, secure, "--new", secure, "--tls-ca", $"{keys}/ca.pem", "--tls-cert", $"{keys}/cert.pem", "--tls-key", $"{keys}/key.pem"]);
        Assert.Contains("certificates are for TLS", sandbox.RunExpecting(125, [.. check, plain, "--new", secure, "--tls-ca", $"{keys}/ca.pem"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("wait: starts", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("wait: starts", sandbox.RunExpecting(1, [.. check, plain, "--new", $"unix://{@new.Socket}", "--token-file", token]).OutputText, StringComparison.Ordinal);
        Assert.Contains("does not let this client in", sandbox.RunExpecting(125, [.. check, plain, "--new", plain]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot read the file of --token-file", sandbox.RunExpecting(125, [.. check, plain, "--new", plain, "--token-file", "/nowhere"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("the token would be sent in the clear", sandbox.RunExpecting(125, [.. check, plain, "--new", "http://192.0.2.1:2375", "--token-file", token]).ErrorText, StringComparison.Ordinal);
        Assert.Equal(
            "hearth: cannot reach the worker at unix:///nowhere: there is no such socket; check that hearthd listens there\n",
            sandbox.RunExpecting(125, [.. check, "unix:///nowhere", "--new", plain, "--token-file", token]).ErrorText);
    }
}
