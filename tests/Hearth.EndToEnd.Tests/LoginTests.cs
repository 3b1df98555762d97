using System.Text;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Logging in to Debian's registry, which has one user.</summary>
public sealed class LoginTests : IDisposable
{
    private const string Password = "secret-word";

    /// <summary>bcrypt of <see cref="Password"/>, as htpasswd writes it.</summary>
    private const string PasswordFile = "hearth:$2y$05$kftJobJW87M9ptU5MeE.Z.iCm3zP3xU/KphMDRMyDsjIBW3gXnrdK\n";

    private readonly Sandbox sandbox = new();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");
    private readonly DebianRegistry registry;

    public LoginTests()
    {
        string passwords = Path.Combine(directory.FullName, "htpasswd");
        File.WriteAllText(passwords, PasswordFile);
        registry = new DebianRegistry(directory.FullName, $"auth:\n  htpasswd:\n    realm: tests\n    path: {passwords}");
    }

    private string Home => directory.FullName;

    private string LoginFile => Path.Combine(Home, ".docker", "config.json");

    public void Dispose()
    {
        registry.Dispose();
        directory.Delete(recursive: true);
        sandbox.Dispose();
    }

    [Fact]
    public void A_password_from_standard_input_is_kept_and_removed()
    {
        CommandResult loggedIn = Run(Password + "\n", "login", "-u", "hearth", "--password-stdin", registry.Host);
        Assert.Equal((0, "Login Succeeded\n"), (loggedIn.ExitCode, loggedIn.OutputText));
        Assert.Equal($"hearth: warning: the password is stored unencrypted in {LoginFile}; a credential helper encrypts it (docs/registries.md)\n", loggedIn.ErrorText);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LoginFile));

        CommandResult again = Run("", "login", registry.Host);
        Assert.Equal((0, "Login Succeeded\n", ""), (again.ExitCode, again.OutputText, again.ErrorText));

        CommandResult out1 = Run("", "logout", registry.Host);
        CommandResult out2 = Run("", "logout", registry.Host);
        Assert.Equal((0, $"Removing login credentials for {registry.Host}\n"), (out1.ExitCode, out1.OutputText));
        Assert.Equal((0, $"Not logged in to {registry.Host}\n"), (out2.ExitCode, out2.OutputText));
    }

    [Fact]
    public void A_wrong_password_is_not_kept()
    {
        CommandResult refused = Run("", "login", "-u", "hearth", "-p", "wrong", registry.Host);

        Assert.Equal((1, ""), (refused.ExitCode, refused.OutputText));
        Assert.Contains("hearth: warning: other users of this machine can see --password; use --password-stdin\n", refused.ErrorText, StringComparison.Ordinal);
        Assert.EndsWith($"hearth: cannot log in to '{registry.Host}': {registry.Host} answers 401: authentication required\n", refused.ErrorText, StringComparison.Ordinal);
        Assert.False(File.Exists(LoginFile));
    }

    [Theory]
    [InlineData(125, "--password and --password-stdin cannot be combined", "-u", "u", "-p", "p", "--password-stdin")]
    [InlineData(125, "--password-stdin needs --username", "--password-stdin")]
    [InlineData(1, "cannot ask for a user and a password: standard input is not a terminal; give --username and --password-stdin")]
    [InlineData(1, "cannot log in: the password is empty; give one", "-u", "u", "--password-stdin")]
    public void What_cannot_be_a_login_says_why(int code, string message, params string[] flags)
    {
        CommandResult result = Run("", ["login", .. flags, registry.Host]);

        Assert.Equal(code, result.ExitCode);
        Assert.Contains(message, result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_person_is_asked_and_the_password_is_not_shown()
    {
        string socket = sandbox.PathOf("tmux.sock");
        try
        {
            Command.Tool("tmux", "-S", socket, "-f", "/dev/null", "new-session", "-d", "-s", "main", "-x", "150", "-y", "30", "sh");
            Type(socket, $"HOME={Home} {Programs.Hearth} login {registry.Host}; echo status=$?");
            See(socket, "Username:");
            Type(socket, "hearth");
            See(socket, "Password:");
            Type(socket, Password);
            See(socket, "status=0");
            Assert.DoesNotContain(Password, Screen(socket), StringComparison.Ordinal);
            Type(socket, "echo shown-$((1+1))");
            See(socket, "shown-2");
            Assert.Contains("echo shown-$((1+1))", Screen(socket), StringComparison.Ordinal);
        }
        finally
        {
            Command.Tool("tmux", "-S", socket, "kill-server");
            File.Delete(socket);
        }
    }

    private static string Screen(string socket) => Command.Tool("tmux", "-S", socket, "capture-pane", "-p", "-t", "main");

    private static void Type(string socket, string line) => Command.Tool("tmux", "-S", socket, "send-keys", "-t", "main", line, "Enter");

    private static void See(string socket, string text) => Sandbox.WaitUntil(() => Screen(socket).Contains(text, StringComparison.Ordinal), $"'{text}' on the screen");

    private CommandResult Run(string input, params string[] words)
    {
        using Command command = Command.Start(Programs.Hearth, words, new Dictionary<string, string> { ["HOME"] = Home, ["DOCKER_CONFIG"] = "", ["REGISTRY_AUTH_FILE"] = "" });
        command.StandardInput.Write(Encoding.UTF8.GetBytes(input));
        command.CloseInput();
        return command.Wait();
    }
}
