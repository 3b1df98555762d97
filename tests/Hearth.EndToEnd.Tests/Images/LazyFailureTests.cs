using System.Text;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Containers that run by parts of their image while their registry is stopped, or no longer accepts their password.</summary>
public sealed class LazyFailureTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string Password = "secret-word";
    private const string NewPassword = "other-word";

    /// <summary>bcrypt of the passwords, as htpasswd writes it.</summary>
    private const string PasswordFile = "hearth:$2y$05$kftJobJW87M9ptU5MeE.Z.iCm3zP3xU/KphMDRMyDsjIBW3gXnrdK\n";
    private const string NewPasswordFile = "hearth:$2y$05$kftJobJW87M9ptU5MeE.Z.Zk1J7YOkaYg41v8uQSI78TDsJM3wdme\n";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Reads_wait_for_a_stopped_registry_and_for_a_login_with_a_new_password()
    {
        string passwords = sandbox.PathOf("htpasswd");
        File.WriteAllText(passwords, PasswordFile);
        using DebianRegistry registry = Start($"auth:\n  htpasswd:\n    realm: tests\n    path: {passwords}");
        Publish(registry, "hearth", Password);

        registry.Stop();
        using (Command reader = StartReader(5))
        {
            WaitForEvents("fetch_stalled", 1);
            registry.StartAgain();
            AssertRead(reader);
        }

        WaitForEvents("fetch_resumed", 1);
        File.WriteAllText(passwords, NewPasswordFile);
        registry.Stop();
        registry.StartAgain();
        using (Command reader = StartReader(9))
        {
            WaitForEvents("fetch_stalled", 2);
            Assert.False(reader.EndsWithin(TimeSpan.FromSeconds(1)));
            Login(registry.Host, "hearth", NewPassword);
            AssertRead(reader);
        }

        WaitForEvents("fetch_resumed", 2);
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public async Task A_token_that_expires_while_the_password_changes_is_replaced_after_a_login()
    {
        await using TokenIssuer issuer = new() { ServesAnonymous = false, Lifetime = 1 };
        using DebianRegistry registry = Start(issuer.Configure(sandbox.Root));
        Publish(registry, TokenIssuer.User, TokenIssuer.Password);

        // What the start fetches in advance may need a new token at any time, but none after the change, and the last one expires.
        issuer.CurrentPassword = NewPassword;
        using (Command pause = sandbox.StartProgram("sleep", "2"))
        {
            pause.Wait();
        }

        using (Command reader = StartReader(9))
        {
            WaitForEvents("fetch_stalled", 1);
            Assert.False(reader.EndsWithin(TimeSpan.FromSeconds(1)));
            Login(registry.Host, TokenIssuer.User, NewPassword);
            AssertRead(reader);
        }

        WaitForEvents("fetch_resumed", 1);
        sandbox.Hearth("rm", "-f", "box");
    }

    private DebianRegistry Start(string authentication)
    {
        sandbox.Set("REGISTRY_AUTH_FILE", sandbox.PathOf("auth.json"));
        return new DebianRegistry(Directory.CreateDirectory(sandbox.PathOf("registry")).FullName, authentication);
    }

    /// <summary>Puts an image with its index into the registry, and starts the container <c>box</c> by parts of it.</summary>
    private void Publish(DebianRegistry registry, string user, string password)
    {
        images.Run($"""
            rm -rf data; mkdir data && for i in $(seq 12); do head -c 1048576 /dev/urandom >data/$i; done
            umoci insert --image images:base --tag guarded data /data
            skopeo copy --quiet --dest-tls-verify=false --dest-creds '{user}:{password}' oci:images:guarded docker://{registry.Host}/guarded:1
            rm -r data
            """);
        string image = $"{registry.Host}/guarded:1";
        Login(registry.Host, user, password);
        string publisher = sandbox.PathOf("publisher");
        sandbox.Hearth("--state-dir", publisher, "pull", "-q", image);
        sandbox.Hearth("--state-dir", publisher, "image", "index", "--push", image);
        sandbox.Hearth("run", "-d", "--lazy", "always", "--background-fetch=false", "--name", "box", image, "sleep", "1000");
    }

    private void Login(string host, string user, string password)
    {
        using Command login = sandbox.StartProgram(Programs.Hearth, "login", "-u", user, "--password-stdin", host);
        login.StandardInput.Write(Encoding.UTF8.GetBytes(password));
        login.CloseInput();
        CommandResult result = login.Wait();
        Assert.True(result.ExitCode == 0, result.ErrorText);
    }

    private Command StartReader(int file) => sandbox.Start("exec", "box", "sh", "-c", $"cat /data/{file} | busybox wc -c");

    private static void AssertRead(Command reader)
    {
        CommandResult result = reader.Wait();
        Assert.Equal((0, "1048576\n"), (result.ExitCode, result.OutputText));
    }

    private void WaitForEvents(string action, int count) => Sandbox.WaitUntil(
        () => sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", $"event={action}").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= count,
        $"{count} events {action}",
        TimeSpan.FromMinutes(2));
}
