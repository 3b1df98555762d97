namespace Hearth.Distribution.Sources.Registry.Credentials;

/// <summary>Who asks a registry.</summary>
/// <param name="Username">Empty beside a token.</param>
/// <param name="Secret">A password.</param>
/// <param name="IdentityToken">Set in place of a password: an OAuth2 refresh token, which only token servers take.</param>
internal sealed record RegistryCredential(string Username, string Secret, string? IdentityToken = null)
{
    /// <summary>The name that credential helpers give to identity tokens.</summary>
    public const string TokenUsername = "<token>";

    /// <summary>Secrets are never shown.</summary>
    public override string ToString() => Username;
}
