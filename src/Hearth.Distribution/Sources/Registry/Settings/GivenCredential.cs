namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>A password for one registry that a caller gives with a request. It precedes the stored ones, and is never stored.</summary>
/// <param name="Host">With the port, if the name has one. Mirrors of the registry do not get the password.</param>
/// <param name="Username">The user.</param>
/// <param name="Secret">A password, or a token in its place.</param>
/// <param name="IdentityToken">Set in place of a password: an OAuth2 refresh token, which only token servers take.</param>
public sealed record GivenCredential(string Host, string Username, string Secret, string? IdentityToken)
{
    /// <summary>Secrets are never shown.</summary>
    public override string ToString() => $"{Username} at {Host}";
}
