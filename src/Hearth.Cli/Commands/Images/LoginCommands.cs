using Hearth.Cli.Values;
using Hearth.Client.Images;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Linux.Sockets;

namespace Hearth.Cli.Commands.Images;

/// <summary><c>hearth login</c> and <c>hearth logout</c>, with docker's words.</summary>
internal sealed class LoginCommands(CommandContext context)
{
    private const string DockerHub = "docker.io";

    private readonly Argument<string?> server = Argument.Optional("SERVER");
    private readonly Flag<string?> username = Flag.Text("--username", "USER", "user of the registry", "-u");
    private readonly Flag<string?> password = Flag.Text("--password", "PASSWORD", "password or token; other users can see a command line,\nso prefer --password-stdin", "-p");
    private readonly Flag<bool> readsPassword = Flag.Switch("--password-stdin", "read the password from standard input");

    public Command CreateLogin() => new Command("login", "Log in to a registry")
    {
        Usage = "[FLAGS] [SERVER]",
        Details = """
            SERVER is HOST or HOST:PORT; without it, Docker Hub. Without flags, the stored password is tried, then
            you are asked at the terminal. The password is stored in docker's config.json, or by the credential
            helper that this file names, after the registry has accepted it.
            """,
        Examples =
        [
            ("hearth login", "to Docker Hub"),
            ("hearth login -u robot --password-stdin registry.example.com:5000 <token", "for programs"),
        ],
    }.WithFlags("Flags", username, password, readsPassword).WithArguments(server)
        .WithAction(LogInAsync);

    public Command CreateLogout() => new Command("logout", "Log out from a registry")
    {
        Usage = "[SERVER]",
        Details = """
            Removes what 'login' has stored. Without SERVER, for Docker Hub.
            """,
    }.WithArguments(server)
        .WithAction(LogOutAsync);

    private async Task<int> LogInAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        RefuseContradiction(line);
        string host = line.GetValue(server) ?? "";
        if (line.GetValue(password) is not null)
        {
            context.Warn("other users of this machine can see --password; use --password-stdin");
        }

        using SecretPrompt prompt = new(context.Error);
        bool asks = line.GetValue(password) is null && !line.GetValue(readsPassword);
        if (!asks || line.GetValue(username) is not null || !await TryAgainAsync(host, cancellationToken))
        {
            string user = line.GetValue(username) ?? AskUser(prompt, host);
            string secret = line.GetValue(readsPassword) ? prompt.ReadAll() : line.GetValue(password) ?? prompt.AskInSecret("Password: ");
            string? file = await Open().LogInAsync(host, Require(user, "user"), Require(secret, "password"), cancellationToken);
            if (file is not null)
            {
                context.Warn($"the password is stored unencrypted in {file}; a credential helper encrypts it (docs/registries.md)");
            }
        }

        await context.Output.WriteLineAsync("Login Succeeded");
        return 0;
    }

    private async Task<int> LogOutAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        string host = line.GetValue(server) ?? "";
        bool wasIn = await Open().LogOutAsync(host, cancellationToken);
        await context.Output.WriteLineAsync($"{(wasIn ? "Removing login credentials for" : "Not logged in to")} {(host.Length == 0 ? DockerHub : host)}");
        return 0;
    }

    /// <returns>Whether a stored password was accepted.</returns>
    private async Task<bool> TryAgainAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await Open().LogInAgainAsync(host, cancellationToken) is not null;
        }
        catch (HearthException exception)
        {
            context.Warn($"the stored password cannot be used: {exception.Message}");
            return false;
        }
    }

    private static string AskUser(SecretPrompt prompt, string host) => prompt.Ask($"Username{(host.Length == 0 ? " (Docker Hub)" : "")}: ");

    private void RefuseContradiction(ParsedLine line)
    {
        if (line.GetValue(readsPassword) && line.GetValue(password) is not null)
        {
            throw new UsageException("--password and --password-stdin cannot be combined");
        }

        if (line.GetValue(readsPassword) && line.GetValue(username) is null)
        {
            throw new UsageException("--password-stdin needs --username");
        }
    }

    private static string Require(string value, string what) =>
        value.Length > 0 ? value : throw new HearthException(HearthError.InvalidRequest, $"cannot log in: the {what} is empty; give one");

    private RegistryAccounts Open() => new(RegistrySettings.FromEnvironment(context.Environment.Find, PeerCredentials.OwnUser), context.Clock);
}
