using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>docker's <c>login</c>, and pushes and pulls with the password that docker's client sends.</summary>
public sealed class DockerPasswordTests : IClassFixture<ImageRegistry>, IDisposable
{
    /// <summary>bcrypt of <c>secret-word</c>, as htpasswd writes it.</summary>
    private const string PasswordFile = "hearth:$2y$05$kftJobJW87M9ptU5MeE.Z.iCm3zP3xU/KphMDRMyDsjIBW3gXnrdK\n";

    private readonly Sandbox sandbox = new();
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");
    private readonly DebianRegistry closed;
    private readonly Daemon daemon;
    private readonly string image;

    public DockerPasswordTests(ImageRegistry images)
    {
        string passwords = Path.Combine(directory.FullName, "htpasswd");
        File.WriteAllText(passwords, PasswordFile);
        closed = new DebianRegistry(directory.FullName, $"auth:\n  htpasswd:\n    realm: tests\n    path: {passwords}");
        daemon = new Daemon(sandbox);
        image = $"{images.Host}/base:one";
    }

    public void Dispose()
    {
        daemon.Dispose();
        closed.Dispose();
        directory.Delete(recursive: true);
        sandbox.Dispose();
    }

    [Fact]
    public void A_password_serves_the_request_that_has_it_and_no_other()
    {
        string own = $"{closed.Host}/base:one";
        daemon.Docker("pull", "-q", image);
        daemon.Docker("tag", image, own);
        Assert.Contains("401", daemon.RunDocker("", "push", own).ErrorText, StringComparison.Ordinal);
        Assert.Contains("401", daemon.RunDocker("wrong", "login", "-u", "hearth", "--password-stdin", closed.Host).ErrorText, StringComparison.Ordinal);

        CommandResult login = daemon.RunDocker("secret-word", "login", "-u", "hearth", "--password-stdin", closed.Host);
        Assert.Equal(0, login.ExitCode);
        Assert.Contains("digest: sha256:", daemon.Docker("push", own), StringComparison.Ordinal);
        daemon.Docker("rmi", own);
        daemon.Docker("pull", "-q", own);
        daemon.Docker("rmi", own);

        daemon.Docker("logout", closed.Host);
        Assert.Contains("401", daemon.RunDocker("", "pull", own).ErrorText, StringComparison.Ordinal);
    }
}
