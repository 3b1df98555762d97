using Hearth.Containers;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Client.Images;

/// <summary>Who the user is to registries: passwords are stored where docker and podman find them.</summary>
/// <param name="registries">Where passwords are stored, and how registries are reached.</param>
/// <param name="clock">The source of the time.</param>
public sealed class RegistryAccounts(RegistrySettings registries, TimeProvider clock)
{
    /// <summary>Asks a registry whether it accepts a password, and stores the password if so.</summary>
    /// <param name="server">HOST or HOST:PORT; empty for docker.io.</param>
    /// <param name="username">The user.</param>
    /// <param name="password">A password, or a token in its place.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The file that has the password now, unencrypted; null if a credential helper has it.</returns>
    /// <exception cref="HearthException">The registry refuses or cannot be reached, or the password cannot be stored.</exception>
    public Task<string?> LogInAsync(string server, string username, string password, CancellationToken cancellationToken = default) =>
        AttemptAsync(client => client.LoginAsync(server, username, password, cancellationToken));

    /// <summary>Asks a registry whether it accepts the stored password.</summary>
    /// <returns>The user; null if no password is stored.</returns>
    /// <exception cref="HearthException">The registry refuses or cannot be reached.</exception>
    public Task<string?> LogInAgainAsync(string server, CancellationToken cancellationToken = default) =>
        AttemptAsync(client => client.LoginAgainAsync(server, cancellationToken));

    /// <summary>Asks a registry whether it accepts a password. Nothing is stored.</summary>
    /// <param name="server">HOST or HOST:PORT; empty for docker.io.</param>
    /// <param name="username">The user.</param>
    /// <param name="password">A password, or a token in its place.</param>
    /// <param name="identityToken">In place of a password, a token that a token server gave before; null for none.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="HearthException">The registry refuses or cannot be reached.</exception>
    public Task CheckAsync(string server, string username, string password, string? identityToken, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        using RegistryClient client = new(registries with { Given = new GivenCredential(RegistryClient.HostOf(server), username, password, identityToken) }, clock);
        await client.CheckGivenAsync(cancellationToken).ConfigureAwait(false);
        return true;
    });

    /// <summary>Removes the stored password of a registry.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="HearthException">It cannot be removed.</exception>
    public Task<bool> LogOutAsync(string server, CancellationToken cancellationToken = default) =>
        AttemptAsync(client => client.LogoutAsync(server, cancellationToken));

    private Task<T> AttemptAsync<T>(Func<RegistryClient, Task<T>> act) => ImageFailures.AttemptAsync(async () =>
    {
        using RegistryClient client = new(registries, clock);
        return await act(client).ConfigureAwait(false);
    });
}
